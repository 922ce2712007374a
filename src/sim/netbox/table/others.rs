//! Tenants, users and tokens.

use super::{
    COMMENTS, CREATED, CUSTOM_FIELDS, DESCRIPTION, Kind, Model, NAMED, OWNER, TAGS, UPDATED, empty, field, flag,
    int_of, made, null, part_of, slug, text, zero,
};

pub static TENANT: Model = Model {
    kind: "tenancy.tenant",
    path: "tenancy/tenants",
    class: "Tenant",
    noun: "tenant",
    fields: &[
        text("name", 100).required(),
        slug(),
        null("group"),
        DESCRIPTION,
        OWNER,
        COMMENTS,
        TAGS,
        CUSTOM_FIELDS,
        CREATED,
        UPDATED,
        zero("circuit_count"),
        made("device_count"),
        made("ipaddress_count"),
        made("prefix_count"),
        made("rack_count"),
        made("site_count"),
        made("virtualmachine_count"),
        made("vlan_count"),
        made("vrf_count"),
        made("cluster_count"),
    ],
    brief: NAMED,
    order: &["name"],
    search: &["name", "slug", "description", "comments"],
    unique: &["name", "slug"],
    together: &[],
    handle: "slug",
};

pub static USER: Model = Model {
    kind: "users.user",
    path: "users/users",
    class: "User",
    noun: "user",
    fields: &[
        text("username", 150).required(),
        text("first_name", 150),
        text("last_name", 150),
        text("email", 254),
        flag("is_active", true),
        made("date_joined"),
        null("last_login"),
        empty("groups"),
        made("permissions"),
    ],
    brief: &["username"],
    order: &["username"],
    search: &["username", "first_name", "last_name", "email"],
    unique: &["username"],
    together: &[],
    handle: "username",
};

pub static TOKEN: Model = Model {
    kind: "users.token",
    path: "users/tokens",
    class: "Token",
    noun: "token",
    fields: &[
        int_of("version", 1, 2, 2).unfiltered(),
        made("key"),
        part_of("user", "users.user"),
        DESCRIPTION,
        CREATED.hidden(),
        text("expires", 0).nullable().unfiltered(),
        null("last_used"),
        flag("enabled", true),
        flag("write_enabled", true),
        made("pepper_id"),
        field("allowed_ips", Kind::Json).unfiltered(),
        made("token"),
    ],
    brief: &["key", "write_enabled", "description"],
    order: &["-created"],
    search: &["description"],
    unique: &[],
    together: &[],
    handle: "id",
};

pub const MODELS: &[&Model] = &[&TENANT, &USER, &TOKEN];
