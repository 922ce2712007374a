//! The words that EOS and IOS know in configuration mode: enough for what a lab writes, and nothing is let through that
//! is not among them.

/// Words at the top, and how many more must follow.
pub const TOP: &[(&str, usize)] = &[
    ("aaa", 1),
    ("alias", 2),
    ("archive", 0),
    ("arp", 2),
    ("boot", 1),
    ("cdp", 1),
    ("class-map", 1),
    ("clock", 1),
    ("control-plane", 0),
    ("crypto", 1),
    ("daemon", 1),
    ("dns", 1),
    ("enable", 1),
    ("errdisable", 1),
    ("event-handler", 1),
    ("file", 1),
    ("hardware", 1),
    ("hostname", 1),
    ("interface", 1),
    ("ip", 1),
    ("ipv6", 1),
    ("key", 1),
    ("lacp", 1),
    ("line", 1),
    ("lldp", 1),
    ("logging", 1),
    ("login", 1),
    ("mac", 1),
    ("management", 1),
    ("memory-size", 1),
    ("monitor", 1),
    ("ntp", 1),
    ("object-group", 1),
    ("platform", 1),
    ("policy-map", 1),
    ("port-channel", 1),
    ("privilege", 1),
    ("queue-monitor", 1),
    ("radius-server", 1),
    ("route-map", 1),
    ("router", 1),
    ("sdm", 1),
    ("service", 1),
    ("sflow", 1),
    ("snmp-server", 1),
    ("spanning-tree", 1),
    ("switch", 1),
    ("system", 1),
    ("tacacs-server", 1),
    ("transceiver", 1),
    ("udld", 1),
    ("username", 1),
    ("version", 1),
    ("vlan", 1),
    ("vrf", 1),
    ("vtp", 1),
];

const INTERFACE: &[(&str, usize)] = &[
    ("bandwidth", 1),
    ("bfd", 1),
    ("carrier-delay", 1),
    ("cdp", 1),
    ("channel-group", 1),
    ("delay", 1),
    ("description", 1),
    ("duplex", 1),
    ("encapsulation", 1),
    ("exit-address-family", 9),
    ("flowcontrol", 1),
    ("ip", 1),
    ("ipv6", 1),
    ("isis", 1),
    ("keepalive", 0),
    ("lacp", 1),
    ("lldp", 1),
    ("load-interval", 1),
    ("logging", 1),
    ("mac-address", 1),
    ("media-type", 1),
    ("mlag", 1),
    ("mpls", 1),
    ("mtu", 1),
    ("negotiation", 1),
    ("ospf", 1),
    ("power", 1),
    ("qos", 1),
    ("sflow", 1),
    ("service-policy", 2),
    ("shutdown", 0),
    ("snmp", 1),
    ("spanning-tree", 1),
    ("speed", 1),
    ("standby", 1),
    ("storm-control", 1),
    ("switchport", 0),
    ("udld", 1),
    ("vrf", 1),
    ("vrrp", 1),
    ("vxlan", 1),
];

const ROUTER: &[(&str, usize)] = &[
    ("address-family", 1),
    ("aggregate-address", 1),
    ("area", 2),
    ("auto-summary", 0),
    ("bgp", 1),
    ("default-information", 1),
    ("default-metric", 1),
    ("distance", 1),
    ("exit-address-family", 0),
    ("graceful-restart", 0),
    ("is-type", 1),
    ("log-adjacency-changes", 0),
    ("maximum-paths", 1),
    ("neighbor", 2),
    ("net", 1),
    ("network", 1),
    ("passive-interface", 1),
    ("rd", 1),
    ("redistribute", 1),
    ("route-target", 1),
    ("router-id", 1),
    ("synchronization", 0),
    ("timers", 1),
    ("update", 1),
    ("version", 1),
    ("vlan", 1),
    ("vrf", 1),
];

const RULES: &[(&str, usize)] = &[
    ("deny", 1),
    ("description", 1),
    ("permit", 1),
    ("rd", 1),
    ("remark", 1),
    ("route-target", 1),
    ("seq", 2),
    ("statistics", 1),
];

const VRF: &[(&str, usize)] =
    &[("address-family", 1), ("description", 1), ("exit-address-family", 0), ("rd", 1), ("route-target", 1)];

const POLICY: &[(&str, usize)] = &[
    ("bandwidth", 1),
    ("class", 1),
    ("continue", 0),
    ("description", 1),
    ("match", 1),
    ("police", 1),
    ("priority", 0),
    ("set", 1),
    ("shape", 1),
];

const LINE: &[(&str, usize)] = &[
    ("access-class", 1),
    ("exec-timeout", 1),
    ("history", 0),
    ("length", 1),
    ("logging", 1),
    ("login", 0),
    ("password", 1),
    ("privilege", 1),
    ("session-timeout", 1),
    ("stopbits", 1),
    ("transport", 1),
    ("width", 1),
];

const OTHER: &[(&str, usize)] = &[
    ("action", 1),
    ("authentication", 1),
    ("connection", 1),
    ("default-group", 1),
    ("delay", 1),
    ("exec", 1),
    ("hidekeys", 0),
    ("idle-timeout", 1),
    ("key", 1),
    ("key-string", 1),
    ("log", 1),
    ("logging", 1),
    ("maximum", 1),
    ("notify", 1),
    ("option", 1),
    ("path", 1),
    ("protocol", 1),
    ("server", 1),
    ("shutdown", 0),
    ("time-period", 1),
    ("trigger", 1),
    ("vrf", 1),
    ("write-memory", 0),
];

const VLAN: &[(&str, usize)] =
    &[("mtu", 1), ("name", 1), ("private-vlan", 1), ("remote-span", 0), ("state", 1), ("trunk", 1)];

/// Whether lines may begin with their number.
pub fn is_numbered(known: &[(&str, usize)]) -> bool {
    known.iter().any(|(word, _)| *word == "permit")
}

/// What may be said below that line.
pub fn below(section: &str) -> &'static [(&'static str, usize)] {
    let mut words = section.split(' ');
    match words.next().unwrap_or_default() {
        "interface" => INTERFACE,
        "vlan" => VLAN,
        "router" | "address-family" => ROUTER,
        "ip" | "ipv6" | "object-group" => RULES,
        "vrf" => VRF,
        "route-map" | "policy-map" | "class-map" | "class" | "control-plane" => POLICY,
        "line" => LINE,
        _ => OTHER,
    }
}

/// Whether a line whose first word is known both in a section and at the top is meant for the section.
pub fn belongs(section: &str, first: &str, second: &str) -> bool {
    match (section.split(' ').next().unwrap_or_default(), first) {
        ("interface", "ip" | "ipv6") => OF_PORTS.contains(&second),
        ("interface", "logging") => second == "event",
        ("interface", "lldp") => ["transmit", "receive", "med"].contains(&second),
        ("interface", "spanning-tree") => !["mode", "mst", "extend", "vlan-id"].contains(&second),
        ("interface" | "router" | "management", "vrf") => !["definition", "instance"].contains(&second),
        ("router", "vlan" | "version") => false,
        ("line", "login") => second != "on-success" && second != "on-failure",
        ("line", "logging") => second == "synchronous",
        ("aaa" | "management" | "archive" | "daemon" | "event-handler", "logging" | "exec") => second != "host",
        ("key", "key") => section.starts_with("key chain") && second != "chain",
        // The next one of its kind stands beside it.
        ("address-family", "address-family") | ("class", "class") => false,
        ("log", "path" | "maximum" | "time-period" | "write-memory") => false,
        _ => true,
    }
}

/// What `ip` and `ipv6` say of a port.
const OF_PORTS: &[&str] = &[
    "access-group",
    "address",
    "arp",
    "dhcp",
    "directed-broadcast",
    "enable",
    "helper-address",
    "igmp",
    "local-proxy-arp",
    "mtu",
    "nat",
    "nd",
    "ospf",
    "pim",
    "policy",
    "proxy-arp",
    "redirects",
    "unreachables",
    "verify",
    "virtual-router",
];

/// Beginnings of lines that open a section; below `router` and `vrf` more of them than at the top.
const OPENS: &[&str] = &[
    "aaa group server",
    "archive",
    "class-map",
    "control-plane",
    "daemon",
    "event-handler",
    "interface",
    "ip access-list",
    "ip vrf",
    "key chain",
    "line",
    "management",
    "monitor session-group",
    "object-group",
    "policy-map",
    "route-map",
    "router",
    "vlan",
    "vrf definition",
    "vrf instance",
];
const OPENS_BELOW: &[(&str, &str)] = &[
    ("router", "address-family"),
    ("router", "vrf"),
    ("vrf", "address-family"),
    ("policy-map", "class"),
    ("archive", "log config"),
    ("key", "key"),
    ("management", "vrf"),
];

/// Lines at the top that begin like a section and are none.
const NO_SECTION: &[&str] = &["vlan internal", "key config-key", "ip access-list log", "management defaults"];

pub fn opens(parent: Option<&str>, line: &str) -> bool {
    let begins = |head: &&str| line.strip_prefix(*head).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    match parent {
        None => OPENS.iter().any(begins) && !NO_SECTION.iter().any(begins),
        Some(parent) => OPENS_BELOW.iter().any(|(of, head)| parent.split(' ').next() == Some(*of) && begins(head)),
    }
}

/// Beginnings that are there once: another value takes the place of the first one. `*` is any word.
const ONCE: &[&str] = &[
    "description",
    "name",
    "hostname",
    "mtu",
    "speed",
    "duplex",
    "bandwidth",
    "version",
    "rd",
    "state",
    "path",
    "maximum",
    "exec-timeout",
    "load-interval",
    "router-id",
    "net",
    "encapsulation",
    "channel-group",
    "vrf forwarding",
    "ip address",
    "switchport mode",
    "switchport access vlan",
    "switchport trunk allowed vlan",
    "switchport trunk native vlan",
    "switchport voice vlan",
    "spanning-tree mode",
    "spanning-tree portfast",
    "snmp-server location",
    "snmp-server contact",
    "snmp-server community *",
    "username *",
    "enable secret",
    "enable password",
    "bgp router-id",
    "neighbor * remote-as",
    "neighbor * description",
    "neighbor * password",
    "clock timezone",
    "ip domain-name",
    "ip domain name",
    "ip default-gateway",
    "dns domain",
    "transport input",
    "transport output",
    "ntp source",
    "ntp clock-period",
    "logging source-interface",
    "vtp mode",
    "vtp domain",
    "idle-timeout",
    "key-string",
    "ntp local-interface",
    "service-policy input",
    "service-policy output",
    "ip ssh version",
    "ip ospf cost",
    "isis metric",
    "spanning-tree mst *",
    "logging buffered",
    "system l1",
];

/// How many words of the line say what it is about; the whole line for those of which there may be several.
pub fn key_length(words: &[&str]) -> usize {
    let fits = |key: &&&str| {
        let key: Vec<&str> = key.split(' ').collect();
        key.len() <= words.len() && key.iter().zip(words).all(|(k, w)| *k == "*" || k == w)
    };
    let longest = ONCE.iter().filter(fits).map(|key| key.split(' ').count()).max();
    match words {
        [.., "secondary"] => words.len(),
        [number, ..] if number.parse::<u32>().is_ok() => 1,
        _ => longest.unwrap_or(words.len()),
    }
}
