use super::*;

fn listed(rows: &str) -> Vec<String> {
    let body = format!(r#"{{"data":{{"result":{rows}}}}}"#);
    let answer: AgentAnswer = wire::data(body.as_bytes()).expect("rows");
    addresses(&answer.result).iter().map(|a| format!("{} {}/{}", a.interface, a.address, a.prefix)).collect()
}

#[test]
fn addresses_that_others_can_reach() {
    let agent = r#"[
        {"name":"lo","ip-addresses":[{"ip-address":"127.0.0.1","prefix":8},{"ip-address":"::1","prefix":128}]},
        {"name":"eth0","hardware-address":"bc:24:11:00:00:01","ip-addresses":[
            {"ip-address":"10.0.0.5","ip-address-type":"ipv4","prefix":24},
            {"ip-address":"fe80::1","prefix":64},{"ip-address":"fe80::2%eth0","prefix":64},
            {"ip-address":"fd00::5","prefix":"64"},{"ip-address":"169.254.3.4","prefix":16},{"ip-address":"junk"}]},
        {"name":"docker0","ip-addresses":null},{"hardware-address":"x"}]"#;
    assert_eq!(listed(agent), ["eth0 10.0.0.5/24", "eth0 fd00::5/64"]);
    assert_eq!(listed("null"), Vec::<String>::new());
}

#[test]
fn containers_of_both_versions() {
    let old = r#"[{"name":"lo","inet":"127.0.0.1/8","inet6":"::1/128"},{"name":"eth0","inet":"10.0.0.6/24","inet6":"fe80::1/64"}]"#;
    assert_eq!(listed(old), ["eth0 10.0.0.6/24"]);
    let new = r#"[{"name":"eth0","inet":"10.0.0.6/24","ip-addresses":[{"ip-address":"10.0.0.6","ip-address-type":"inet","prefix":"24"}]}]"#;
    assert_eq!(listed(new), ["eth0 10.0.0.6/24"]);
    let odd = r#"[{"name":"eth0","inet":"10.0.0.6/99","inet6":"fd00::1"}]"#;
    assert_eq!(listed(odd), ["eth0 10.0.0.6/32", "eth0 fd00::1/128"]);
}
