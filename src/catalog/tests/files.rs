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
        ("kind = \"integer\"\nlimits = [1, 2]\ndefault = 3\n", "\"3\" is no number that fits"),
        ("kind = \"text\"\nrequired = true\ndefault = \"x\"\n", "has no default"),
        ("kind = \"text\"\nmany = true\nrest = true\n", "either many values or the rest"),
        ("kind = \"text\"\nunless = [\"b\"]\n", "unless needs required"),
        ("kind = \"text\"\nrequired = true\nunless = [\"b\"]\n", "names no option"),
        ("kind = \"text\"\ndefault = 1.5\n", "cannot be a default"),
        ("kind = \"size\"\nlimits = [64, 128]\ndefault = \"1G\"\n", "is no size that fits"),
        ("kind = \"nic\"\nat_most = 8\nmany = true\n", "said as a1=…"),
        ("kind = \"nic\"\nat_most = 8\nrequired = true\n", "said as a1=…"),
        ("kind = \"nic\"\nat_most = 1\n", "at_most is 2 to 16"),
        ("kind = \"nic\"\nat_most = 8\ndefault = \"\"\n", "has no default"),
        ("kind = \"bridge\"\nof = \"nic\"\n", "names no repeated network interface above it"),
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
    let repeated = "name = \"a\"\nkind = \"nic\"\nat_most = 8";
    let taken = broken(&two(repeated, "name = \"a3\"\nkind = \"text\""));
    assert!(taken.ends_with("the option a3 is there twice"), "{taken}");
    assert!(broken("[[pages]]\ntitle = \"t\"\nask = [\"q\"]\n").ends_with("asks for q, which is no option"));
}

const WIZARD: &str = "confirm = \"review\"\nsteps = 6\n";
const NIC: &str = "[[options]]\nname = \"nic\"\nkind = \"nic\"\nhelp = \"h\"\nat_most = 8\n";

fn part(rest: &str) -> String {
    format!("{NIC}[[options]]\nhelp = \"h\"\nof = \"nic\"\n{rest}")
}

#[test]
fn parts_that_cannot_be_asked() {
    for (rest, why) in [
        ("name = \"speed\"\nkind = \"text\"\n", "a network interface has bridge, vlan"),
        ("name = \"ip\"\nkind = \"ipv4\"\nrequired = true\n", "and nothing else"),
        ("name = \"ip\"\nkind = \"flag\"\n", "and nothing else"),
    ] {
        let said = broken(&part(rest));
        assert!(said.contains(why), "{rest}: {said}");
    }
}

#[test]
fn pages_that_make_no_wizard() {
    let ip = part("name = \"ip\"\nkind = \"ipv4\"\n");
    for (head, page, why) in [
        ("", "step = 1\nrepeat = \"nic\"\nask = [\"ip\"]", "the command has no steps"),
        (WIZARD, "step = 1\nask = [\"ip\"]", "asks for ip, which is no option"),
        (WIZARD, "step = 7\nask = [\"nic\"]", "step is 1 to 6 here"),
        (WIZARD, "ask = [\"nic\"]", "step is 1 to 6 here"),
        (WIZARD, "step = 1\nat_most = 8\nask = [\"nic\"]", "at_most needs repeat"),
        (WIZARD, "step = 1\nrepeat = \"nic\"\nat_most = 4\nask = [\"ip\"]", "another number than that of nic"),
        (WIZARD, "step = 1\nrepeat = \"net\"\nask = [\"ip\"]", "names no option with parts"),
        ("steps = 6\n", "step = 1\nask = [\"nic\"]", "a wizard has steps, pages and confirm"),
        ("confirm = \"review\"\n", "ask = [\"nic\"]", "a wizard has steps, pages and confirm"),
    ] {
        let said = broken(&format!("{head}{ip}[[pages]]\ntitle = \"t\"\n{page}\n"));
        assert!(said.contains(why), "{page}: {said}");
    }
    let falling = "[[pages]]\ntitle = \"t\"\nstep = 3\nask = []\n[[pages]]\ntitle = \"t\"\nstep = 2\nask = []\n";
    assert!(broken(&format!("{WIZARD}{falling}")).ends_with("step is 3 to 6 here"));
}
