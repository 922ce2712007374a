"""What schemathesis must not do in a run: take the account away that it runs as."""

import os

import schemathesis

OWN = os.environ.get("WITNESS_ACCOUNT", "")


@schemathesis.hook
def filter_case(context, case):
    is_account = case.operation.path == "/api/users/{id}"
    return not (is_account and str((case.path_parameters or {}).get("id")) == OWN)
