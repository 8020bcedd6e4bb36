//! How soon somebody has to come: rules that name what they saw.

use serde::{Deserialize, Serialize};

use super::{Word, negated};

/// How soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// In its turn.
    Ordinary,
    /// Sooner: it gets worse, or people are without what they need to live.
    Soon,
    /// At once: life or health is in danger.
    Danger,
}

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A smell or leak of gas.
    Gas,
    /// A wire that hangs, lies or sparks; an electric shock.
    LiveWire,
    /// Fire or smoke.
    Fire,
    /// A building, tree, pole or roof that falls or may fall.
    Collapse,
    /// A well, hatch or pit without its cover.
    OpenManhole,
    /// Somebody is hurt, dying or in danger, a child first of all.
    Hurt,
    /// Somebody is locked in: a lift that stands with people in it.
    Trapped,
    /// An attack, a weapon, an explosive.
    Violence,
    /// Water that floods a house or a street.
    Flood,
    /// No heat, water, gas or light where people live.
    WithoutSupply,
    /// Ice or snow that hangs over people or makes them fall.
    Ice,
    /// Stray animals that attack.
    Animals,
    /// The writer asks for haste and names no danger.
    Asked,
}

/// How urgent a text is, and by which rule; `rule` is `None` for what is ordinary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Urgency {
    /// How soon.
    pub level: Level,
    /// The rule of the highest level that was met, the first in the order of [`Rule`].
    pub rule: Option<Rule>,
}

/// A rule: a word of the first list (what) and one of the second (what is the matter with it) in one sentence within [`REACH`]
/// words, none of the third between or beside them, nothing negated. An empty second list asks for nothing. Words are matched
/// by their beginnings; `=` asks for the whole word.
struct Pattern(Level, Rule, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// Words between what and what is the matter with it, at most.
const REACH: usize = 5;

#[rustfmt::skip]
static PATTERNS: &[Pattern] = &[
    Pattern(Level::Danger, Rule::Gas, &["=газ", "=газа", "=газом", "газов", "=gas"], &["пахнет", "запах", "утечк", "утека", "воня", "смрад", "травит", "leak", "smell"], &[]),
    Pattern(Level::Danger, Rule::LiveWire, &["провод", "кабел", "электропровод", "=щиток", "=wire", "=wires", "=cable"], &["искр", "оборва", "оголен", "оголи", "висит", "висят", "свиса", "лежит", "лежат", "торч", "порва", "spark", "hanging", "bare", "fallen", "live", "exposed"], &[]),
    Pattern(Level::Danger, Rule::LiveWire, &["=током", "electric"], &["бьет", "ударил", "убил", "shock"], &[]),
    Pattern(Level::Danger, Rule::Fire, &["=пожар", "=пожара", "горит", "горят", "загорел", "=дым", "=дыма", "пламя", "=fire", "smoke", "burning"], &["=дом", "=дома", "квартир", "подъезд", "крыш", "=лес", "=трава", "подвал", "гараж", "мусор", "свалк", "машин", "начал", "сейчас", "house", "flat", "roof", "building", "smoke", "=now"], &["фонар", "светил", "ламп", "свет", "освещен", "насос", "году", "лестниц", "lamp", "light", "escape"]),
    Pattern(Level::Danger, Rule::Collapse, &["стен", "=дом", "=дома", "здани", "крыш", "потол", "балкон", "плит", "=мост", "=моста", "козыр", "кирпич", "=столб", "=опора", "дерево", "ветк", "ветв", "wall", "roof", "ceiling", "balcony", "bridge", "=tree", "=pole"], &["рухн", "рушит", "обруш", "обвал", "падает", "падают", "упадет", "упасть", "упадут", "рухнет", "накрени", "collaps", "fall", "about to fall"], &[]),
    Pattern(Level::Danger, Rule::OpenManhole, &["=люк", "=люка", "=люки", "колод", "крышк", "=шахта", "manhole", "=hatch"], &["открыт", "=без", "отсутств", "нет", "провал", "украл", "сняли", "разбит", "open", "missing", "without", "uncovered"], &[]),
    Pattern(Level::Danger, Rule::Hurt, &["ребен", "=дети", "детей", "ребят", "человек", "люди", "женщин", "мужчин", "бабушк", "пенсионер", "пешеход", "child", "=man", "woman", "people", "=boy", "=girl"], &["постра", "травм", "ранен", "погиб", "умира", "задыха", "сбил", "сломал", "отравил", "избил", "покусал", "утонул", "упал", "провалил", "hurt", "injured", "killed", "dying", "bleeding", "drown", "unconscious"], &["могут", "может", "чтобы", "could", "might"]),
    Pattern(Level::Danger, Rule::Trapped, &["лифт", "=elevator", "=lift"], &["застрял", "застряли", "заперт", "stuck", "trapped"], &[]),
    Pattern(Level::Danger, Rule::Violence, &["=бомба", "бомбу", "взрывчат", "стреля", "=оружие", "=оружием", "=нож", "ножом", "=bomb", "shooting", "gunshot", "=knife", "weapon"], &[], &[]),
    Pattern(Level::Soon, Rule::Flood, &["затоп", "залива", "прорва", "прорыв", "фонтан", "flood", "burst"], &["=вода", "воды", "водой", "кипят", "труб", "подвал", "квартир", "канализ", "улиц", "двор", "=water", "=pipe", "basement", "street"], &[]),
    Pattern(Level::Soon, Rule::WithoutSupply, &["отоплен", "=тепла", "=тепло", "воды", "=вода", "водоснабжен", "=газа", "=света", "=свет", "электричеств", "электроснабжен", "=heating", "=water", "electricity", "=power", "=heat"], &["=нет", "=без", "нету", "отключ", "отсутств", "пропал", "=no", "without", "=off", "=cut"], &[]),
    Pattern(Level::Soon, Rule::Ice, &["сосульк", "наледь", "налед", "гололед", "снежн", "глыб", "icicle", "=ice"], &["висит", "висят", "свиса", "упа", "пада", "опасн", "скользк", "травм", "голов", "hang", "fall", "danger", "slip"], &[]),
    Pattern(Level::Soon, Rule::Animals, &["собак", "=псы", "=стая", "=стаи", "dogs", "=dog"], &["напада", "напал", "кусает", "кусают", "укус", "покус", "броса", "bit", "attack"], &[]),
    Pattern(Level::Soon, Rule::Asked, &["срочн", "немедлен", "незамедлит", "экстрен", "безотлагат", "urgent", "immediate", "emergency", "=asap"], &[], &[]),
];

/// The urgency of a text by its words.
pub(super) fn of(words: &[Word]) -> Urgency {
    let met = PATTERNS.iter().filter(|pattern| meets(words, pattern));
    let highest = met.fold(None, |best: Option<&Pattern>, next| match best {
        Some(best) if best.0 >= next.0 => Some(best),
        _ => Some(next),
    });
    highest.map_or(Urgency { level: Level::Ordinary, rule: None }, |Pattern(level, rule, ..)| Urgency { level: *level, rule: Some(*rule) })
}

fn matches(word: &str, patterns: &[&str]) -> bool {
    patterns.iter().any(|p| p.strip_prefix('=').map_or_else(|| word.starts_with(p), |whole| word == whole))
}

fn meets(words: &[Word], Pattern(_, _, subject, state, unless): &Pattern) -> bool {
    let around = |at: usize| {
        let near = at.saturating_sub(REACH)..words.len().min(at + REACH + 1);
        near.filter(move |&i| words[i].sentence == words[at].sentence)
    };
    // "нет газа" is the matter with it, "не горит" is the contrary.
    let denied = |at: usize| negated(words, at) && words[..at].iter().rev().take(2).any(|w| matches!(w.text.as_str(), "не" | "not"));
    (0..words.len()).filter(|&at| matches(&words[at].text, subject) && !denied(at)).any(|at| {
        let cancelled = around(at).any(|i| matches(&words[i].text, unless));
        let is_so = |i: usize| i != at && matches(&words[i].text, state) && !negated(words, i);
        !cancelled && if state.is_empty() { !negated(words, at) } else { around(at).any(is_so) }
    })
}
