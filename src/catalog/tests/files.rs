//! Broken files: each says its name, the line and what is wrong.

use crate::load::command;

const HEAD: &str = "summary = \"s\"\npermission = \"view\"\nruns = \"now\"\n";

fn broken(rest: &str) -> String {
    command("x y", "commands/x/y.toml", &format!("{HEAD}{rest}")).expect_err(rest).to_string()
}

fn option(rest: &str) -> String {
    broken(&format!("\n[[options]]\nname = \"a\"\nhelp = \"h\"\n{rest}"))
}

#[test]
fn keys_and_words_that_do_not_exist() {
    assert!(
        broken("colour = 1\n").starts_with("commands/x/y.toml:4: unknown field `colour`"),
        "{}",
        broken("colour = 1\n")
    );
    assert!(option("kind = \"gest\"\n").starts_with("commands/x/y.toml:8: unknown variant `gest`"));
    assert!(broken("= 3").starts_with("commands/x/y.toml:4: "));
    assert_eq!(
        command("x", "x.toml", "summary = \"s\"\nruns = \"now\"\n").expect_err("it is wrong").why,
        "missing field `permission`"
    );
    assert!(command("X y", "x.toml", HEAD).is_err());
}

#[test]
fn options_that_contradict_themselves() {
    for (rest, why) in [
        ("kind = \"choice\"\n", "a choice has choices"),
        ("kind = \"text\"\nchoices = [\"x\"]\n", "a choice has choices"),
        ("kind = \"flag\"\nrequired = true\n", "a flag is said by its name"),
        ("kind = \"integer\"\nlimits = [2, 1]\n", "the first of limits is the least"),
        ("kind = \"node\"\nlimits = [1, 2]\n", "a node has no limits"),
        ("kind = \"integer\"\nlimits = [1, 2]\ndefault = 3\n", "\"3\" is no whole number"),
        ("kind = \"text\"\nrequired = true\ndefault = \"x\"\n", "has no default"),
        ("kind = \"text\"\nmany = true\nrest = true\n", "either many values or the rest"),
        ("kind = \"text\"\nunless = \"b\"\n", "unless needs required"),
        ("kind = \"text\"\nrequired = true\nunless = \"b\"\n", "names no option"),
        ("kind = \"text\"\ndefault = 1.5\n", "cannot be a default"),
    ] {
        assert!(option(rest).contains(why), "{rest}: {}", option(rest));
    }
}

#[test]
fn options_that_contradict_each_other() {
    let two = |a: &str, b: &str| format!("[[options]]\n{a}\nhelp = \"h\"\n[[options]]\n{b}\nhelp = \"h\"\n");
    let twice = broken(&two("name = \"a\"\nkind = \"text\"", "name = \"a\"\nkind = \"text\""));
    assert_eq!(twice, "commands/x/y.toml:9: the option a is there twice");
    let after = broken(&two(
        "name = \"a\"\nkind = \"text\"\nmany = true\npositional = true",
        "name = \"b\"\nkind = \"text\"\nrequired = true",
    ));
    assert!(after.ends_with("a takes all values, so b gets none"), "{after}");
    assert!(broken("guarded = true\n").ends_with("has an option reason"));
    assert!(broken("[[pages]]\ntitle = \"t\"\nask = [\"q\"]\n").ends_with("asks for q, which is no option"));
}
