//! Every reply template, rendered.
