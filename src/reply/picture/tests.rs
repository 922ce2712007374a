//! What is drawn, dot by dot where it matters. `DIRETTORE_PICTURES=<folder>` keeps the pictures, to be looked at.

mod calendar;

use super::{chart::*, *};
use resvg::tiny_skia::Pixmap;
use serde_json::{Value, json};

/// 2026-02-28 14:05 in Warsaw.
const AT: i64 = 1_772_283_900_000;
const ZONE: &str = "Europe/Warsaw";
const MINUTE: i64 = 60_000;
const GIB: u64 = 1 << 30;

const GROUND: [u8; 3] = [0x17, 0x1a, 0x21];
const BAR: [u8; 3] = [0x43, 0x4c, 0x5e];
const LOW: [u8; 3] = [0x6c, 0xb6, 0xff];

fn drawn(name: &str, data: &Value, keep: &str) -> (Attachment, Pixmap) {
    let picture = draw(name, data, ZONE).unwrap_or_else(|e| panic!("{keep}: {e:?}"));
    assert_eq!((picture.name.as_str(), picture.media_type.as_str()), (format!("{name}.png").as_str(), "image/png"));
    assert!(!picture.alt.is_empty() && picture.alt.chars().count() <= ALT, "{keep}: {}", picture.alt);
    if let Some(folder) = std::env::var_os("DIRETTORE_PICTURES") {
        std::fs::write(std::path::Path::new(&folder).join(format!("{keep}.png")), &picture.bytes).expect("a folder");
    }
    let dots = Pixmap::decode_png(&picture.bytes).expect("a PNG");
    (picture, dots)
}

fn dot(dots: &Pixmap, x: u32, y: u32) -> [u8; 3] {
    let dot = dots.pixel(x, y).expect("within the picture");
    [dot.red(), dot.green(), dot.blue()]
}

fn node(name: &str, status: &str, loads: [Option<f64>; 3]) -> Value {
    let [cpu, memory_share, disk_share] = loads;
    json!({ "node": name, "cluster": "lab", "status": status, "cpu": cpu, "memory_share": memory_share,
        "disk_share": disk_share, "running": 12, "guests": 14 })
}

fn lab(rows: &[Value]) -> Value {
    let online = rows.iter().filter(|r| r["status"] == "online").count();
    json!({ "rows": rows, "clusters": ["lab"], "nodes": rows.len(), "online": online, "guests": 28, "running": 12,
        "cores": 48.0, "cpu": 0.37, "memory": 192 * GIB, "memory_used": 150 * GIB, "disk": 600 * GIB,
        "disk_used": 552 * GIB, "as_of": AT, "stale": [], "live": false })
}

fn small_lab() -> Value {
    lab(&[
        node("pve1", "online", [Some(0.5), Some(1.0), Some(0.0)]),
        node("pve2", "online", [Some(0.08), Some(0.78), Some(0.95)]),
        node("pve3", "offline", [None; 3]),
        node("pve4", "unknown", [None; 3]),
    ])
}

fn large_lab(count: usize) -> Value {
    let share = |n: usize, of: usize| Some(((n * 37 + of * 53) % 101) as f64 / 100.0);
    let rows: Vec<Value> = (1..=count)
        .map(|n| match n % 25 {
            3 => node(&format!("pve{n:02}"), "offline", [None; 3]),
            19 => node(&format!("pve{n:02}.dc2.example"), "unknown", [None; 3]),
            _ => node(&format!("pve{n:02}"), "online", [share(n, 1), share(n, 2), share(n, 3)]),
        })
        .collect();
    lab(&rows)
}

/// A sample a minute for an hour; `None` has no values.
fn chart(samples: impl Fn(i64) -> Option<(f64, u64)>) -> Value {
    let samples: Vec<Value> = (0..=60)
        .map(|n| {
            let (cpu, memory) = samples(n).unzip();
            json!({ "at": AT - (60 - n) * MINUTE, "cpu": cpu, "memory": memory })
        })
        .collect();
    json!({ "label": "web1", "vmid": 101, "kind": "VM", "status": "running", "node": "pve1", "cluster": "lab", "span": "last hour",
        "from": AT - 60 * MINUTE, "to": AT, "cores": 4.0, "memory": 4 * GIB, "samples": samples })
}

fn wavy(n: i64) -> Option<(f64, u64)> {
    let wave = (n as f64 / 5.0).sin();
    (!(20..30).contains(&n) && n != 45).then_some((0.2 + 0.1 * wave, ((2.0 + wave) * GIB as f64) as u64))
}

#[test]
fn bars_are_as_long_as_their_share() {
    let (picture, dots) = drawn("lab_status", &small_lab(), "lab_status");
    assert_eq!((dots.width(), dots.height()), (664, 582));
    assert_eq!(dot(&dots, 2, 2), GROUND);
    // The first card stands at 24, 174; its bars begin 86 dots further and are 128 long.
    let (x, y) = (24 + 86, 174 + 88 + 8);
    assert_eq!((dot(&dots, x + 4, y), dot(&dots, x + 60, y)), (LOW, LOW));
    assert_eq!((dot(&dots, x + 68, y), dot(&dots, x + 124, y)), (BAR, BAR), "half of it is empty");
    for along in 2..126 {
        let [red, green, blue] = dot(&dots, x + along, y + 31);
        assert!(red > 0x80 && green < 0x90 && blue < 0x90, "a full bar is red all along: {along}");
    }
    let kinds: std::collections::BTreeSet<_> = (10..110).map(|along| dot(&dots, x + along, y + 31)).collect();
    assert!(kinds.len() > 1, "and has a pattern");
    assert!((4..124).all(|along| dot(&dots, x + along, y + 62) == BAR), "nothing is drawn of nothing");
    assert_eq!(
        picture.alt,
        "lab: 2 of 4 nodes online, 12 of 28 guests running, as of 2026-02-28 14:05 CET.\n\
         In all CPU 37 %, memory 78 % of 192 GiB, disk 92 % of 600 GiB.\n\
         pve3 offline: 12 of 14 guests running\n\
         pve4 unknown: 12 of 14 guests running\n\
         pve1 online: CPU 50 %, memory 100 %, disk 0 %, 12 of 14 guests running\n\
         pve2 online: CPU 8 %, memory 78 %, disk 95 %, 12 of 14 guests running"
    );
}

#[test]
fn many_nodes_are_cut_short_and_counted() {
    let (_, dots) = drawn("lab_status", &large_lab(25), "lab_status_25");
    assert_eq!((dots.width(), dots.height()), (1612, 1182));
    let (picture, dots) = drawn("lab_status", &large_lab(50), "lab_status_50");
    assert_eq!((dots.width(), dots.height()), (1612, 1216));
    let first: Vec<&str> = picture.alt.lines().skip(2).take(2).collect();
    assert_eq!(first, ["pve03 offline: 12 of 14 guests running", "pve19.dc2.example unknown: 12 of 14 guests running"]);
    assert!(picture.alt.ends_with("more") && picture.alt.contains("\n… and "), "{}", picture.alt);
}

#[test]
fn nothing_to_show_is_drawn_too() {
    let empty = json!({ "rows": [], "clusters": [], "nodes": 0, "online": 0, "guests": 0, "running": 0, "cores": 0.0,
        "cpu": null, "memory": 0, "memory_used": 0, "disk": 0, "disk_used": 0, "as_of": null, "live": false,
        "stale": [{ "why": "Proxmox cluster lab cannot be reached: timed out", "seen": AT },
                  { "why": "Proxmox cluster far cannot be reached: refused", "seen": null }] });
    let (picture, _) = drawn("lab_status", &empty, "lab_status_empty");
    assert!(picture.alt.contains("lab cannot be reached: timed out; last seen at 2026-02-28 14:05 CET."));
    let (picture, dots) = drawn("guest_chart", &chart(|_| None), "guest_chart_empty");
    assert!(picture.alt.contains("There is no data of its CPU."), "{}", picture.alt);
    assert_eq!((dots.width(), dots.height()), (800, 636));
    let mut none = chart(|_| None);
    none["samples"] = json!([]);
    drawn("guest_chart", &none, "guest_chart_none");
}

#[test]
fn lines_go_where_the_values_are() {
    let (picture, dots) = drawn("guest_chart", &chart(|_| Some((0.5, 2 * GIB))), "guest_chart_flat");
    // Half of the processors is the upper edge here, half of the memory the middle.
    for x in [110, 400, 760] {
        assert_eq!(dot(&dots, x, 150), LOW, "the line of the CPU at {x}");
    }
    assert!((110..760).any(|x| dot(&dots, x, 500) == [0xf0, 0xc6, 0x74]), "dashes of the memory");
    assert!((110..760).any(|x| dot(&dots, x, 500) != [0xf0, 0xc6, 0x74]), "and what is between them");
    assert_eq!(
        picture.alt,
        "web1 (101) is running: VM on pve1, lab. CPU and memory of the last hour until 2026-02-28 14:05 CET.\n\
         CPU of 4 cores: latest 50 %, highest 50 %.\n\
         Memory of 4 GiB: latest 2 GiB, highest 2 GiB."
    );
    let (picture, dots) = drawn("guest_chart", &chart(wavy), "guest_chart");
    assert!(picture.alt.ends_with("% of the time has no data."), "{}", picture.alt);
    let in_gap = 104 + 668 * 25 / 60;
    let column: Vec<_> = (152..324).map(|y| dot(&dots, in_gap, y)).collect();
    assert!(!column.contains(&LOW), "no line crosses a gap");
}

#[test]
fn hostile_names_are_only_text() {
    let long = "a very long name ".repeat(40);
    let names = [
        "<script>alert(1)</script>",
        "]]>",
        "&amp;&#x0;&lol;",
        "\"/><image href=\"file:///etc/passwd\"/>",
        "{{ 7 * 7 }}{% raw %}",
        "emoji 🦀👩‍🚀 and עברית",
        "\u{0}\u{8}\u{fffe}\u{ffff}\u{202e}x\n\r\t",
        "--><!ENTITY x SYSTEM 'file:///etc/passwd'>",
        &long,
        "",
    ];
    for (n, name) in names.iter().enumerate() {
        let mut data = small_lab();
        data["rows"][0]["node"] = json!(name);
        data["clusters"] = json!([name, name]);
        data["stale"] = json!([{ "why": name, "seen": null }]);
        let (_, dots) = drawn("lab_status", &data, &format!("hostile_lab_{n}"));
        assert_eq!(dots.width(), 664);
        assert_eq!(dot(&dots, 24 + 86 + 4, 174 + 26 + 96), LOW, "the bars are where they were: {name}");
        let mut data = chart(wavy);
        for key in ["label", "node", "cluster", "status", "kind"] {
            data[key] = json!(name);
        }
        drawn("guest_chart", &data, &format!("hostile_chart_{n}"));
    }
}

#[test]
fn text_is_cut_to_what_fits() {
    let wide = |text: &str| {
        let widths = ink::Widths::new(20.0, false).expect("the font can be read");
        text.chars().map(|c| widths.of(c)).sum::<f32>()
    };
    assert_eq!(words::fitted("pve1", 100.0, 20.0, false), "pve1");
    let cut = words::fitted(&"W".repeat(50), 100.0, 20.0, false);
    assert!(cut.ends_with('…') && wide(&cut) <= 100.0 && wide(&cut) > 75.0, "{cut}");
    assert_eq!(words::fitted("pve1", 0.0, 20.0, true), "…");
    let crab = minijinja::Value::from("a\u{ffff}<🦀>ż");
    assert_eq!(words::xml(&crab), "a□&lt;□&gt;ż", "what the font has not is a box");
    assert!(ink::has('□') && ink::has('…'));
}

#[test]
fn a_gap_is_no_slope() {
    let plot = Plot { x: 0.0, y: 0.0, width: 100.0, height: 10.0, from: 0.0, to: 100.0, top: 1.0 };
    let points = |values: &[(i32, Option<f64>)]| -> Vec<Point> {
        values.iter().map(|(at, value)| Point { at: f64::from(*at), value: *value }).collect()
    };
    let some = points(&[(0, Some(0.0)), (10, Some(1.0)), (20, None), (30, Some(2.0)), (40, None), (100, Some(-1.0))]);
    assert_eq!(trace(&some, &plot), "M0.0 10.0L10.0 0.0M30.0 0.0h.1M100.0 10.0h.1");
    assert_eq!(area(&some, &plot), "M0.0 10.0L0.0 10.0L10.0 0.0L10.0 10.0Z");
    assert_eq!(gaps(&some, &plot), [(10.0, 20.0), (30.0, 70.0)]);
    assert_eq!((peak(&some), latest(&some)), (Some(2.0), Some(-1.0)));
    assert_eq!(gaps(&[], &plot), [(0.0, 100.0)]);
    // Rows that are missing altogether, and a newest one that is not filled yet.
    let rows = points(&[
        (0, Some(0.5)),
        (10, Some(0.5)),
        (20, Some(0.5)),
        (60, Some(0.5)),
        (70, Some(0.5)),
        (80, Some(0.5)),
        (90, None),
    ]);
    assert_eq!(gaps(&rows, &plot), [(20.0, 40.0)]);
    let outside = points(&[(-50, Some(1.0)), (200, Some(1.0))]);
    assert_eq!((trace(&outside, &plot).as_str(), gaps(&outside, &plot)), ("", vec![(0.0, 100.0)]));
}

#[test]
fn ticks_are_round_in_the_readers_day() {
    let hour = 60 * MINUTE;
    let plot = |from: i64, to: i64| Plot {
        x: 0.0,
        y: 0.0,
        width: 600.0,
        height: 1.0,
        from: from as f64,
        to: to as f64,
        top: 1.0,
    };
    let at = |from: i64, to: i64, zone: &str| -> Vec<String> {
        let ticks = ticks(&plot(from, to), zone.parse().expect("a zone"));
        ticks
            .iter()
            .map(|(x, at)| format!("{x:.0} {}", crate::format::when(direttore_domain::Instant(*at), zone)))
            .collect()
    };
    assert_eq!(
        at(AT - hour, AT, ZONE).iter().map(|t| t.replace("2026-02-28 ", "")).collect::<Vec<_>>(),
        ["50 13:10 CET", "150 13:20 CET", "250 13:30 CET", "350 13:40 CET", "450 13:50 CET", "550 14:00 CET"]
    );
    let day = at(AT - 24 * hour, AT, "Asia/Kathmandu");
    assert_eq!((day.len(), day[0].as_str()), (6, "29 2026-02-27 20:00 +0545"));
    assert_eq!(at(AT - 20_000 * hour, AT, ZONE), Vec::<String>::new());
}

#[test]
fn every_picture_has_its_words() {
    let names: Vec<&str> = PICTURES.iter().map(|(name, _)| *name).collect();
    let expected =
        ["calendar.alt", "calendar.svg", "guest_chart.alt", "guest_chart.svg", "lab_status.alt", "lab_status.svg"];
    assert_eq!(names, expected);
    let missing = draw("nothing", &json!({}), ZONE);
    assert!(matches!(missing, Err(DrawError::NoSuchPicture { .. })), "{missing:?}");
    assert!(matches!(draw("guest_chart", &json!({}), ZONE), Err(DrawError::Template { .. })));
    assert_eq!(in_words(&"x".repeat(2000)).chars().count(), ALT);
    assert_eq!(in_words("a\n\n  b\n"), "a\nb");
}

#[test]
fn what_is_no_picture_is_an_error() {
    let made = |svg: &str| ink::png("try", svg).map(|png| png.len());
    assert!(matches!(made("<svg"), Err(DrawError::Svg { .. })));
    let large = r#"<svg xmlns="http://www.w3.org/2000/svg" width="90000" height="90000"/>"#;
    assert!(matches!(made(large), Err(DrawError::Size { .. })));
}
