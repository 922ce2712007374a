//! The database against a list that is searched from end to end: it takes exactly what the list takes.

use super::{
    raw::{Dice, Line, Raw, overlapping},
    *,
};
use crate::trials::{on_both_urls, settings};

/// Lanes of the resources 1 and 2.
const LANES: [i64; 2] = [1, 3];

/// A list that takes a row only where it may stand.
#[derive(Default)]
struct Model(Vec<Line>);

impl Model {
    fn may_stand(&self, line: &Line, instead_of: Option<i64>) -> bool {
        let [_, _, resource, lane, from, to] = *line;
        let lanes = usize::try_from(resource - 1).ok().and_then(|n| LANES.get(n)).copied().unwrap_or(0);
        let others = self.0.iter().filter(|other| Some(other[0]) != instead_of);
        let mut with_it: Vec<Line> = others.copied().collect();
        with_it.push(*line);
        (0..lanes).contains(&lane) && from < to && overlapping(&with_it) == 0
    }

    /// The id of one of them, or of none.
    fn any(&self, dice: &mut Dice) -> i64 {
        let all = i64::try_from(self.0.len()).expect("few");
        usize::try_from(dice.below(all + 1)).ok().and_then(|n| self.0.get(n)).map_or(-1, |line| line[0])
    }
}

/// A row anywhere, seldom one that can stand nowhere.
fn thrown(dice: &mut Dice, id: i64) -> Line {
    let resource = 1 + dice.below(2) + i64::from(dice.below(40) == 0);
    let lane = dice.below(4) - i64::from(dice.below(20) == 0);
    let from = dice.below(120);
    [id, 1, resource, lane, from, from + dice.below(9) - i64::from(dice.below(20) == 0)]
}

/// The one operation in SQL, and what the list would be after it; `None` when it refuses.
fn operation(dice: &mut Dice, model: &Model, next: i64) -> (String, Option<Vec<Line>>) {
    let mut after = model.0.clone();
    match dice.below(10) {
        0..=4 => {
            let line = thrown(dice, next);
            let [id, _, resource, lane, from, to] = line;
            after.push(line);
            let sql = format!(
                "insert into reservation_claim (id, reservation, resource, lane, from_s, to_s) OVERRIDING
                values ({id}, 1, {resource}, {lane}, {from}, {to})"
            );
            (sql, model.may_stand(&line, None).then_some(after))
        }
        5..=7 => {
            let id = model.any(dice);
            let mut line = thrown(dice, id);
            let [_, _, resource, lane, from, to] = line;
            let Some(row) = after.iter_mut().find(|row| row[0] == id) else {
                return (format!("update reservation_claim set lane = {lane} where id = {id}"), Some(after));
            };
            // The whole row, its place, or one end.
            let set = match dice.below(4) {
                0 => format!("resource = {resource}, lane = {lane}, from_s = {from}, to_s = {to}"),
                1 => {
                    line = [id, 1, resource, lane, row[4], row[5]];
                    format!("resource = {resource}, lane = {lane}")
                }
                2 => {
                    line = [id, 1, row[2], row[3], row[4] - 3 + dice.below(6), row[5]];
                    format!("from_s = {}", line[4])
                }
                _ => {
                    line = [id, 1, row[2], row[3], row[4], row[5] - 3 + dice.below(6)];
                    format!("to_s = {}", line[5])
                }
            };
            *row = line;
            let sql = format!("update reservation_claim set {set} where id = {id}");
            (sql, model.may_stand(&line, Some(id)).then_some(after))
        }
        _ => {
            let id = model.any(dice);
            after.retain(|row| row[0] != id);
            (format!("delete from reservation_claim where id = {id}"), Some(after))
        }
    }
}

#[tokio::test]
async fn the_database_takes_exactly_what_a_list_takes() {
    on_both_urls(async |url| {
        let store = Store::open(&settings(&url)).await.expect("opens");
        committed!(store, tx => {
            node(&mut tx, "pve1").await;
            let rules = resource::ResourceRules { capacity: LANES[1], ..resource::ResourceRules::default() };
            let key = "pool/gpus".parse().expect("a key");
            resource::add(&mut tx, &key, "gpus", &rules, NOW).await.expect("made");
            reserved(&mut tx, "a").await;
        });
        let mut raw = Raw::connect(&url).await;
        let (mut model, mut dice) = (Model::default(), Dice(7));
        let (mut taken, mut refused) = (0, 0);
        let (rounds, overriding) = if raw.is_postgres() { (1500, "overriding system value") } else { (6000, "") };
        for next in 1..=rounds {
            let (sql, after) = operation(&mut dice, &model, next);
            let done = raw.run(&sql.replace("OVERRIDING", overriding)).await;
            assert_eq!(done.is_ok(), after.is_some(), "{sql}: {done:?} among {:?}", model.0);
            match after {
                Some(after) => {
                    taken += 1;
                    model.0 = after;
                }
                None => refused += 1,
            }
            if next % 20 == 0 {
                assert_eq!(raw.lines().await, model.0, "after {sql}");
            }
        }
        assert!(taken > rounds / 4 && refused > rounds / 8, "{taken} taken, {refused} refused");
        let mut tx = store.read().await.expect("a transaction");
        assert_eq!(overlaps(&mut tx).await, Ok(0));
        drop(tx);
        raw.close().await;
        store.close().await;
    })
    .await;
}
