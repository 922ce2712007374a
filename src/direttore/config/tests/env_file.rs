//! Files of variables as people have them, and what is said about wrong ones.

use super::{Auth, Place, TOKEN};
use crate::config::environment;
use std::collections::BTreeMap;

/// What a file says, `KEY=value` a line, to who has nothing set.
fn said(text: &str) -> Result<String, String> {
    let place = Place::with("");
    place.write("env", text);
    let file = place.folder.path().join("env");
    let read = environment(BTreeMap::new(), Some(&file), &mut Vec::new());
    let all = read.map_err(|e| e.to_string().replace(&file.display().to_string(), "env"))?;
    Ok(all.into_iter().map(|(key, value)| format!("{key}={value:?}")).collect::<Vec<_>>().join(" "))
}

fn error(text: &str) -> String {
    said(text).expect_err("it is wrong")
}

#[test]
fn lines_comments_and_quotes() {
    let right = [
        ("A=1\nB=2\n", r#"A="1" B="2""#),
        ("A=1", r#"A="1""#),
        ("", ""),
        ("\n# a=b\n  ; c=d\n\t\nA=1\r\nB=2\r\n", r#"A="1" B="2""#),
        ("  export A = 1  \nexport\tB=2\nexportC=3\nexport=4", r#"A="1" B="2" export="4" exportC="3""#),
        ("A=\nB=''\nC=\"\"", r#"A="" B="" C="""#),
        ("A=b c  # a comment\nB=c#d\nC=d\t#e", r#"A="b c" B="c#d" C="d""#),
        ("A=1\nA=2", r#"A="2""#),
        // As it stands: passwords and names of Windows have these.
        (r"A=pa$$word\n=x LAB\bot 'é'", r#"A="pa$$word\\n=x LAB\\bot 'é'""#),
        (r#"A='$x ${y} \n "b" # c' # d"#, r#"A="$x ${y} \\n \"b\" # c""#),
        (r#"A="\"a\" \\ \$x \${y} \` \n\r\t 'b' # c" # d"#, r#"A="\"a\" \\ $x ${y} ` \n\r\t 'b' # c""#),
        ("A='1\n\n2'\nB=\"3\n4\"\nC=5", r#"A="1\n\n2" B="3\n4" C="5""#),
    ];
    for (text, read) in right {
        assert_eq!(said(text).as_deref(), Ok(read), "{text:?}");
    }
}

#[test]
fn what_is_wrong_is_named_by_its_line_and_never_shown() {
    let wrong = [
        ("A=1\n\nS3CRET", 3, "KEY=value"),
        ("=S3CRET", 1, "KEY=value"),
        ("A-B=S3CRET", 1, "KEY=value"),
        ("1A=S3CRET", 1, "KEY=value"),
        ("export=1\nexport A B=S3CRET", 2, "KEY=value"),
        ("A=#S3CRET", 1, "needs quotes"),
        ("A=x${S3CRET}", 1, "filled in"),
        ("A=\"x${S3CRET}\"", 1, "filled in"),
        ("A=S3CRET\\\nB=1", 1, "goes on"),
        ("A=\"S3CRET\\x\"", 1, "two of them"),
        ("A=\"S3CRET\\", 1, "two of them"),
        ("A='a\nb'\n\nB='S3CRET\nC=1\n", 4, "no end"),
        ("A='S3CRET'S3CRET", 1, "closing quote"),
        ("A='a\nb' c\nB=1", 1, "closing quote"),
        ("A=S3CRET\0", 1, "NUL"),
    ];
    for (text, line, why) in wrong {
        let said = error(text);
        assert!(said.starts_with(&format!("env:{line}: ")) && said.contains(why), "{text:?}: {said}");
        assert!(!said.contains("S3CRET"), "{said}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let place = Place::with("");
    let gone = place.folder.path().join("gone");
    let read = environment(BTreeMap::new(), Some(&gone), &mut Vec::new());
    assert!(read.expect_err("it is not there").to_string().starts_with(&format!("{}: cannot be read", gone.display())));
    std::fs::write(place.folder.path().join("latin"), b"A=1\nB=\xe9\n").expect("it is ours");
    let read = environment(BTreeMap::new(), Some(&place.folder.path().join("latin")), &mut Vec::new());
    assert!(read.expect_err("it is Latin-1").to_string().ends_with("latin:2: this is no UTF-8"));
}

#[test]
fn what_is_set_comes_before_the_file_and_the_file_before_the_configuration() {
    let place = Place::with(&format!("[jobs]\npoll_ms = 1\nlease_ms = 1000\nheartbeat_ms = 2\n{TOKEN}"));
    place.write("env", "DIRETTORE__JOBS__POLL_MS=20\nDIRETTORE__JOBS__HEARTBEAT_MS=30\nDIRETTORE__LOG__LEVEL=debug\n");
    let file = place.folder.path().join("env");
    let set = [("DIRETTORE__JOBS__HEARTBEAT_MS", "40"), ("DIRETTORE__LOG__LEVEL", "")];
    let set: BTreeMap<String, String> = set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let env = environment(set, Some(&file), &mut Vec::new()).expect("it is right");
    let env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let config = place.config(&env);
    let jobs = [config.jobs.poll, config.jobs.heartbeat, config.jobs.lease].map(|d| d.as_millis());
    assert_eq!((jobs, config.log.level.as_str()), ([20, 40, 1000], "info"), "what is set empty is set");
}

#[test]
fn a_file_of_the_python_original_is_enough() {
    let text = "# Proxmox\nPROXMOX_HOST=https://192.0.2.10:8006\nPROXMOX_USER=root@pam\nPROXMOX_PASSWORD=\"pa ss#1\"  # ours\n\
                PROXMOX_VERIFY_SSL=False\n\nDATABASE_URL=sqlite+aiosqlite:////srv/old.db\nINITIAL_ADMIN_PASSWORD='a $ecret'\n";
    let place = Place::with("");
    place.write("env", text);
    let env =
        environment(BTreeMap::new(), Some(&place.folder.path().join("env")), &mut Vec::new()).expect("it is right");
    let env: Vec<(&str, &str)> = env.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let config = place.config(&env);
    let Auth::Password { password, .. } = &config.proxmox[0].auth else { panic!("no password") };
    assert_eq!(password.reveal(), "pa ss#1");
    assert_eq!(config.admin.password.as_ref().map(|p| p.reveal()), Some("a $ecret"));
}

#[cfg(unix)]
#[test]
fn who_may_read_it_is_noted() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::with("");
    place.write("env", "A=1\n");
    let file = place.folder.path().join("env");
    for (mode, count) in [(0o644, 1), (0o640, 0)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("it is ours");
        let mut notes = Vec::new();
        environment(BTreeMap::new(), Some(&file), &mut notes).expect("it is right");
        assert_eq!(notes.len(), count, "{notes:?}");
        assert!(notes.iter().all(|note| note.contains("(--env-file) can be read by everyone")));
    }
}
