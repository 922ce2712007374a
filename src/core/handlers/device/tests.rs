use super::*;

#[test]
fn values_are_names_with_texts() {
    let read = |text: &str| vars(Some(text)).map(|all| all.iter().map(|(k, v)| format!("{k}:{v}")).collect::<Vec<_>>());
    let right = ["bgp_as:64500", "peer:spine 1", "x:a=b", "empty:"].map(str::to_owned).to_vec();
    assert_eq!(read(r#"bgp_as=64500  peer="spine 1" x=a=b empty="#), Ok(right));
    assert_eq!(vars(None), Ok(vec![]));
    for wrong in ["bgp", "1x=2", "a-b=1", "=1", "a=\"open", "a=1 a=2"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_long_text_is_cut_between_lines_and_whole_in_a_file() {
    let (shown, left, file) = excerpt("a\nb\n", "x.txt", "two lines");
    assert_eq!((shown.as_str(), left, file.is_none()), ("a\nb", 0, true));
    let long: String = (0..100).map(|n| format!("line {n}\n")).collect();
    let (shown, left, file) = excerpt(&long, "x.txt", "a hundred");
    assert_eq!((shown.lines().count(), left), (60, 40));
    assert_eq!(file.map(|f| (f.name, f.text)), Some(("x.txt".to_owned(), long)));
    let wide = format!("{}\n{}\n", "a".repeat(2000), "b".repeat(2000));
    assert_eq!(excerpt(&wide, "x", "x").1, 1);
}

/// Of several devices each is seen; what one does not need the others may have.
#[test]
fn differences_share_the_room_of_a_reply() {
    let lines = |count: usize| (0..count).map(|n| format!("+this is line {n:>3} of many\n")).collect::<String>();
    let (short, long) = (lines(5), lines(400));
    let (shown, file) = differences("vlan", &[("sw1", &short), ("sw2", &short)]);
    assert!(file.is_none() && shown.iter().all(|(text, left)| *left == 0 && text.lines().count() == 5));
    let all = [("sw1", short.as_str()), ("sw2", long.as_str()), ("sw3", long.as_str())];
    let (shown, file) = differences("vlan", &all);
    assert_eq!(shown[0].1, 0, "the short one is whole");
    assert!(shown[1].0.lines().count() > 40 && shown[2].0.lines().count() > 40, "{shown:?}");
    assert!(shown.iter().map(|(text, _)| text.len()).sum::<usize>() <= CHARACTERS);
    let file = file.expect("a file");
    assert_eq!(
        (file.name.as_str(), file.text.lines().filter(|line| line.starts_with('+')).count()),
        ("vlan.diff", 805)
    );
    let many: Vec<(&str, &str)> = (0..100).map(|_| ("sw", long.as_str())).collect();
    assert!(differences("vlan", &many).0.iter().all(|(text, left)| !text.is_empty() && *left > 0));
}
