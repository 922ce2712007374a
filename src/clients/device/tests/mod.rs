//! Against a server in this process.
