//! How templates are written: whitespace, names, time, includes, and what lies over what.

use super::{NOW, say, with};
use crate::device::folder::{self, FolderError};
use serde_json::json;
use std::fs;

#[test]
fn lines_of_tags_leave_nothing_behind() {
    let text =
        "head\n{% for vlan in vlans %}\n    {% if vlan > 1 %}\nvlan {{ vlan }}\n    {% endif %}\n{% endfor %}\ntail\n";
    assert_eq!(say(text, &json!({ "vlans": [1, 2, 3] })).as_deref(), Ok("head\nvlan 2\nvlan 3\ntail\n"));
}

#[test]
fn what_people_write_works() {
    let data = json!({
        "config_context": { "ntp": ["192.0.2.1"], "name": "context" }, "name": "given",
        "interfaces": [{ "name": "Gi0/10", "up": true }, { "name": "Gi0/2", "up": false }, { "name": "Gi0/1", "up": true }],
    });
    for (text, expected) in [
        ("{{ ntp | first }} {{ name }} {{ config_context.name }}", "192.0.2.1 given context\n"),
        (
            "{% for i in interfaces %}{% if loop.index > 2 %}{% break %}{% endif %}{{ i.name }} {% endfor %}",
            "Gi0/10 Gi0/2 \n",
        ),
        ("{{ interfaces | natural_sort('name') | map(attribute='name') | join(',') }}", "Gi0/1,Gi0/2,Gi0/10\n"),
        (
            "{{ interfaces | selectattr('up') | map(attribute='name') | interface_ranges | join(',') }}",
            "Gi0/1,Gi0/10\n",
        ),
        ("{{ ['Gi1/0/3', 'Gi1/0/1', 'Gi1/0/2', 'Te1/1'] | interface_ranges | join(',') }}", "Gi1/0/1-3,Te1/1\n"),
        ("{{ 'Gi1/0/1-3,Te1/1' | interface_expand | join(' ') }}", "Gi1/0/1 Gi1/0/2 Gi1/0/3 Te1/1\n"),
        (
            "{{ now().strftime('%Y-%m-%d %H:%M') }} {{ now().year }} {{ now() }}",
            "2026-11-22 10:00 2026 2026-11-22 10:00:00\n",
        ),
        (
            "{% set ns = namespace(n=0) %}{% for i in interfaces %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
            "3\n",
        ),
        ("{{ 'a,b'.split(',') | last }} {{ name.upper() }} {{ 'x'.startswith('x') }}", "b GIVEN True\n"),
        ("{{ missing | default('none') }} {{ missing is defined }}", "none False\n"),
        ("{{ '<a & b>' }} {{ {'b': 1, 'a': 2} | to_json }}", "<a & b> {\"b\": 1, \"a\": 2}\n"),
        ("{% macro line(x) %}[{{ x }}]{% endmacro %}{{ line(1) }}", "[1]\n"),
        (
            "{{ '%03d' | format(7) }} {{ 'a\nb' | splitlines | join('|') }} {{ 'Vlan' | truncate(2, true, '', 0) }}",
            "007 a|b Vl\n",
        ),
        ("", ""),
    ] {
        assert_eq!(say(text, &data).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn rendering_twice_gives_the_same_hash() {
    let templates = with(&[("x/one.j2", "{{ a }} {{ now() }}")]);
    let (one, two) =
        (templates.render("x/one", &json!({"a": 1}), NOW), templates.render("x/one", &json!({"a": 1}), NOW));
    assert_eq!(one, two);
    let one = one.expect("it renders");
    assert_eq!(one.hash, crate::device::Rendered::of("y", one.text.clone()).hash);
    let other = templates.render("x/one", &json!({"a": 2}), NOW).expect("it renders");
    assert_ne!(one.hash, other.hash);
}

#[test]
fn parts_are_found_beside_the_template_and_from_the_root() {
    let templates = with(&[
        (
            "x/one.j2",
            "{% include 'part.j2' %}{% include \"shared/foot.j2\" %}{% extends 'base.j2' %}{% block b %}mine{% endblock %}",
        ),
        ("x/part.j2", "part of x\n"),
        ("y/part.j2", "part of y\n"),
        ("x/base.j2", "base {% block b %}{% endblock %}\n"),
        ("shared/foot.j2", "foot\n"),
    ]);
    let text = templates.render("x/one", &json!({}), NOW).expect("it renders").text;
    assert_eq!(text, "part of x\nfoot\nbase mine\n");
    assert_eq!(templates.of_platform("x"), ["base", "one", "part"]);
}

#[test]
fn a_folder_lies_over_ours() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |path: &str| folder.path().join(path);
    fs::create_dir_all(at("junos")).expect("a folder");
    fs::write(at("junos/vlan.j2"), "mine of {{ device.name }}").expect("a file");
    fs::write(at("junos/notes.txt"), "no template").expect("a file");
    fs::write(at(".hidden.j2"), "{{").expect("a file");
    let templates = super::Templates::new(folder::read(folder.path()).expect("it can be read"));
    let text = templates.render("junos/vlan", &json!({ "device": { "name": "leaf1" } }), NOW).expect("it renders").text;
    assert_eq!(text, "mine of leaf1\n");
    assert!(templates.names().any(|name| name == "eos/vlan"), "ours are still there");
    assert_eq!(templates.of_platform("junos"), ["bgp", "vlan"]);
}

#[test]
fn a_folder_that_cannot_be_taken_is_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |path: &str| folder.path().join(path);
    assert!(matches!(folder::read(&at("missing")), Err(FolderError::Unreadable { .. })));
    fs::write(at("a.j2"), [0xff, 0xfe]).expect("a file");
    assert!(matches!(folder::read(folder.path()), Err(FolderError::NoText { .. })));
    fs::write(at("a.j2"), vec![b'x'; (1 << 20) + 1]).expect("a file");
    assert!(matches!(folder::read(folder.path()), Err(FolderError::TooLarge { .. })));
    fs::remove_file(at("a.j2")).expect("it is there");
    std::os::unix::fs::symlink("/etc", at("out")).expect("a link");
    assert!(matches!(folder::read(folder.path()), Err(FolderError::Outside { .. })));
}
