use super::*;
use std::os::unix::fs::PermissionsExt;

fn kept(user: &str) -> Kept {
    Kept {
        homeserver: "http://h".to_owned(),
        user_id: user.to_owned(),
        device_id: "D1".to_owned(),
        access_token: "t1".to_owned(),
    }
}

fn settings(folder: &Path, sign_in: SignIn) -> Settings {
    Settings {
        homeserver: "http://h".to_owned(),
        user: "@bot:x".to_owned(),
        sign_in,
        folder: folder.to_owned(),
        passphrase: None,
        recovery_key: None,
        device_name: String::new(),
        rooms: vec![],
        direct: true,
        ops_room: None,
        audit_room: None,
        bare_commands: true,
        descriptions: false,
        users: vec![],
        members: vec![],
        power: vec![],
        paces: crate::Paces::default(),
    }
}

fn password() -> SignIn {
    SignIn::Password("p".to_owned())
}

fn with_keys(folder: &Path) {
    fs::create_dir_all(folder.join(STORE)).expect("the folder is ours");
    fs::write(folder.join(STORE).join(KEYS), "").expect("the folder is ours");
}

#[test]
fn it_is_kept_for_its_owner_only() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &kept("@bot:x")).expect("kept");
    write(folder.path(), &kept("@bot:x")).expect("kept in its place");
    let mode = fs::metadata(folder.path().join(SESSION)).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(read(folder.path()).expect("read") == Some(kept("@bot:x")));
}

#[test]
fn a_session_without_its_keys_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(folder.path(), password());
    assert!(known(&settings).expect("nothing wrong").is_none(), "there is none");
    write(folder.path(), &kept("@bot:x")).expect("kept");
    assert!(known(&settings).expect("nothing wrong").is_none(), "its keys are lost");
    with_keys(folder.path());
    assert!(known(&settings).expect("nothing wrong").is_some());
}

#[test]
fn another_account_s_folder_is_not_touched() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &kept("@other:x")).expect("kept");
    with_keys(folder.path());
    let Err(Halt::Never(why)) = known(&settings(folder.path(), password())) else { panic!("it is another's") };
    assert!(why.contains("@other:x") && why.contains("matrix.folder"), "{why}");
}

#[test]
fn a_dead_token_and_another_one_in_the_configuration_are_no_session() {
    let folder = tempfile::tempdir().expect("a folder");
    let by = |sign_in| settings(folder.path(), sign_in);
    let token = |token: &str| SignIn::Token { token: token.to_owned(), device: None };
    let kept = kept("@bot:x");
    assert!(may_go_on(&by(password()), &kept, None));
    assert!(!may_go_on(&by(password()), &kept, Some("t1")));
    assert!(may_go_on(&by(token("t1")), &kept, None));
    assert!(!may_go_on(&by(token("t2")), &kept, None), "the configured one counts");
}

#[test]
fn an_old_store_is_put_aside_and_never_deleted() {
    let folder = tempfile::tempdir().expect("a folder");
    put_aside(folder.path()).expect("nothing to do");
    for n in 1..=2 {
        with_keys(folder.path());
        put_aside(folder.path()).expect("put aside");
        assert!(folder.path().join(format!("{STORE}.{n}")).join(KEYS).exists());
    }
    assert!(!folder.path().join(STORE).exists());
}
