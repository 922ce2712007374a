//! Migrations, embedded. They are additive, so that an older replica still works on what a newer one has migrated.

use sqlx::{SqlSafeStr, migrate::Migration, migrate::MigrationType, migrate::Migrator};

macro_rules! embedded {
    ($database:literal: $($version:literal $name:literal),+ $(,)?) => {
        vec![$(
            Migration::new(
                $version,
                $name.into(),
                MigrationType::Simple,
                include_str!(concat!("../../migrations/", $database, "/", $name, ".sql")).into_sql_str(),
                false,
            )
        ),+]
    };
}

macro_rules! both {
    ($($version:literal $name:literal),+ $(,)?) => {
        pub(crate) fn sqlite() -> Migrator {
            migrator(embedded!("sqlite": $($version $name),+))
        }

        pub(crate) fn postgres() -> Migrator {
            migrator(embedded!("postgres": $($version $name),+))
        }
    };
}

both!(1 "0001_accounts", 2 "0002_jobs", 3 "0003_audit", 4 "0004_leases", 5 "0005_provision", 6 "0006_surfaces",
    7 "0007_reservations", 8 "0008_tokens", 9 "0009_plain_calendars", 10 "0010_series", 11 "0011_sessions",
    12 "0012_requests", 13 "0013_once", 14 "0014_token_origin", 15 "0015_oidc", 16 "0016_hooks", 17 "0017_alerts",
    18 "0018_inbox", 19 "0019_devices", 20 "0020_device_grants", 21 "0021_ahead");

fn migrator(migrations: Vec<Migration>) -> Migrator {
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.set_ignore_missing(true);
    // All run in one transaction that holds a lock of ours: half a migration is never seen, and two can start at once.
    migrator.set_locking(false);
    migrator
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, path::Path};

    fn in_folder(database: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(database);
        let files = std::fs::read_dir(folder).expect("the folder of migrations");
        files.map(|f| f.expect("a file").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn both_folders_have_the_same_files_and_all_are_embedded() {
        let embedded: BTreeSet<String> = super::sqlite().iter().map(|m| format!("{}.sql", m.description)).collect();
        assert_eq!(in_folder("sqlite"), embedded);
        assert_eq!(in_folder("postgres"), embedded);
    }

    #[test]
    fn names_begin_with_their_version() {
        for migration in super::postgres().iter() {
            assert!(migration.description.starts_with(&format!("{:04}_", migration.version)), "{migration:?}");
        }
    }

    #[test]
    fn a_column_that_is_not_null_has_a_default() {
        for migration in super::sqlite().iter().chain(super::postgres().iter()) {
            for line in migration.sql.as_str().lines().filter(|l| l.contains("not null")) {
                assert!(line.contains(" default "), "{}: {line}", migration.description);
            }
        }
    }
}
