//! Bad templates: each is told with its file, its line, and what would be right.

use super::{NOW, say, with};
use crate::device::{Outcome, TemplateError};
use serde_json::json;

fn wrong(text: &str) -> String {
    let data = json!({ "device": { "name": "leaf1", "site": "lab" }, "vlans": [{ "vid": 10 }], "nothing": null });
    say(text, &data).expect_err("it cannot be rendered")
}

#[test]
fn what_is_undefined_is_named_with_what_is_there() {
    insta::assert_snapshot!(wrong("one\n{{ vlan_id }}"), @r#"
    x/one.j2, line 2: vlan_id is undefined; did you mean vlans? there are device, nothing and vlans
    "#);
    insta::assert_snapshot!(wrong("one\ntwo {{ device.nmae }}"), @r#"
    x/one.j2, line 2: device.nmae is undefined; did you mean name? device has name and site
    "#);
    insta::assert_snapshot!(wrong("{% for vlan in vlans %}\n{{ vlan.name | upper }}\n{% endfor %}"), @r#"
    x/one.j2, line 2: vlan.name is undefined
    "#);
    insta::assert_snapshot!(wrong("{{ nothing }}"), @r#"
    x/one.j2, line 1: none cannot be printed; say what is printed instead with default('…', true)
    "#);
    insta::assert_snapshot!(wrong("{{ vlan_id | mandatory('say which VLAN') }}"), @r#"
    x/one.j2, line 1: say which VLAN
    "#);
}

#[test]
fn what_the_engine_does_not_do_is_said() {
    insta::assert_snapshot!(wrong("{% do vlans.append(1) %}"), @r#"
    x/one.j2, line 1: unknown method: sequence has no method named append; values never change here: build another with `+` or combine, and carry it out of a loop with namespace()
    "#);
    insta::assert_snapshot!(wrong("{{ '%03d' % 7 }}"), @r#"
    x/one.j2, line 1: tried to use % operator on unsupported types string and number; write '%03d' | format(x) for '%03d' % x
    "#);
    insta::assert_snapshot!(wrong("{% trans %}x{% endtrans %}"), @r#"
    x/one.j2, line 1: unknown statement trans; texts are not translated
    "#);
    insta::assert_snapshot!(wrong("{{ [v.vid for v in vlans] }}"), @r#"
    x/one.j2, line 1: unexpected identifier, expected `,`; list comprehensions are Python's: use map, select and selectattr
    "#);
    insta::assert_snapshot!(wrong("{{ device.interfaces.all() }}"), @r#"
    x/one.j2, line 1: unknown method: undefined has no method named all (`device.interfaces` is undefined); this looks like a template for NetBox' own renderer: its queries run only there
    "#);
    insta::assert_snapshot!(wrong("{{ lookup('env', 'HOME') }}"), @r#"
    x/one.j2, line 1: unknown function: lookup is unknown; a template sees its data alone: lookup() reads elsewhere
    "#);
    insta::assert_snapshot!(wrong("{{ '192.0.2.1' | ansible.utils.ipaddr }}"), @r#"
    x/one.j2, line 1: unknown filter: filter ansible.utils.ipaddr is unknown; filters have no namespace here: ipaddr, not ansible.utils.ipaddr
    "#);
    insta::assert_snapshot!(wrong("{{ vlans | random }}"), @r#"
    x/one.j2, line 1: random would give another text each time, which nobody could approve
    "#);
    insta::assert_snapshot!(wrong("{{ 'x' | regex_search('(?=y)') }}"), @r#"
    x/one.j2, line 1: "(?=y)" is no regular expression here: look-around, including look-ahead and look-behind, is not supported
    "#);
    insta::assert_snapshot!(wrong("{% if %}"), @r#"
    x/one.j2, line 1: unexpected end of block
    "#);
    insta::assert_snapshot!(wrong("{% include 'missing.j2' %}"), @r#"
    x/one.j2, line 1: there is no template for this include: tried to include non-existing template 'missing.j2'
    "#);
    insta::assert_snapshot!(wrong("{{ '192.0.2.1' | ipaddr('adress') }}"), @r#"
    x/one.j2, line 1: ipaddr does not know "adress"; it knows address, network, netmask, prefix, subnet, …
    "#);
    insta::assert_snapshot!(wrong("{{ [4095] | vlan_parser }}"), @r#"
    x/one.j2, line 1: vlan_parser: 4095 is no VLAN (1 to 4094)
    "#);
}

#[test]
fn no_template_runs_or_grows_for_ever() {
    let loops = "{% for a in range(10000) %}{% for b in range(10000) %}{% set x = a %}{% endfor %}{% endfor %}";
    insta::assert_snapshot!(wrong(loops), @r#"
    x/one.j2, line 1: the template does not come to an end
    "#);
    insta::assert_snapshot!(wrong("{% include 'x/one.j2' %}"), @r#"
    x/one.j2, line 1: recursion limit exceeded
    "#);
    insta::assert_snapshot!(wrong("{% set x = 'x' * 1000000 %}{% for a in range(100) %}{{ x }}{% endfor %}"), @r#"
    x/one gives more than 16777216 bytes
    "#);
    assert!(wrong("{{ 'x' * 9999999999 }}").contains("too large"));
    assert!(wrong("{{ '1-4000000000' | vlan_expander }}").contains("more than"));
}

#[test]
fn a_mistake_in_a_part_is_told_where_it_is() {
    let templates = with(&[("x/one.j2", "one\n{% include 'part.j2' %}"), ("x/part.j2", "a\nb\n{{ nope }}")]);
    let error = templates.render("x/one", &json!({ "a": 1 }), NOW).expect_err("it cannot").to_string();
    assert_eq!(error, "x/part.j2, line 3: nope is undefined; there are a");
}

#[test]
fn one_broken_template_leaves_the_others_alone() {
    let templates = with(&[
        ("x/good.j2", "fine"),
        ("x/bad.j2", "a\n{% endif %}"),
        ("x/good.sample.json", "{}"),
        ("x/odd.j2", ""),
        ("x/odd.sample.json", "{"),
    ]);
    assert!(templates.render("x/good", &json!({}), NOW).is_ok());
    assert!(matches!(templates.render("x/bad", &json!({}), NOW), Err(TemplateError::Wrong { line: 2, .. })));
    let checks = templates.check_all(NOW);
    let of = |name: &str| checks.iter().find(|check| check.template == name).expect("it was checked");
    assert!(matches!(of("x/good").outcome, Outcome::Renders(_)));
    assert!(matches!(of("x/bad").outcome, Outcome::Fails(_)));
    assert!(matches!(of("x/odd").outcome, Outcome::WrongSample(_)));
    assert!(!of("x/bad").is_good() && of("x/good").is_good());
}

#[test]
fn an_unknown_template_is_told_with_those_that_are_there() {
    let error =
        super::Templates::new([]).render("junos/vlans", &json!({}), NOW).expect_err("there is none").to_string();
    insta::assert_snapshot!(error, @r#"
    there is no device template junos/vlans (did you mean junos/vlan?); there are eos/bgp, eos/vlan, ios/vlan, junos/bgp, junos/vlan, panos/security-policy, routeros/firewall and sros/isis
    "#);
}
