-- Who was sent to the identity provider to sign in and has not come back yet.
create table oidc_sign_in (
    -- Of what only the browser has: nobody comes back with what stands here.
    hash       text   not null default '' primary key,
    -- Where the person wanted to go; empty where they did not say.
    return_to  text   not null default '',
    -- Of the code that links whoever comes back to an account; empty where there is none.
    code_hash  text   not null default '',
    expires_at bigint not null default 0
);
create index oidc_sign_in_expires on oidc_sign_in (expires_at);
