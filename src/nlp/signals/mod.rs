//! Signals for those who read: how a text feels, how urgent it is, whether it insults or advertises.
//!
//! By lexicons and named rules of our own, so that each can be explained. They put a text before people sooner or with a
//! mark; they never remove it. What holds no words of a language that we know gets no opinion.

mod lexicon;
mod urgency;

pub use urgency::{Level, Rule, Urgency};

use super::{language, text};

/// What was noticed in a text.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Signals {
    /// From -1, nothing but blame, to 1, nothing but praise; 0 for both or neither.
    pub sentiment: f32,
    /// How soon somebody has to come, and by which rule.
    pub urgency: Urgency,
    /// How insulting or threatening, 0..=1.
    pub toxicity: f32,
    /// How much like advertisement, 0..=1.
    pub spam: f32,
}

/// Words that a negation reaches.
const NEGATION: usize = 2;

/// Number of words of feeling that weigh as much as the doubt whether there is any.
const DOUBT: f32 = 1.0;

/// A word of a text.
struct Word {
    /// Normalised.
    text: String,
    stem: String,
    /// Number of its sentence.
    sentence: usize,
}

/// The signals of a text; `None` when nothing can be told: no words, a language that is not ours, code or encoded bytes.
pub fn of(source: &str) -> Option<Signals> {
    let words = words(source);
    (language::detect(source).is_some() && is_prose(source, &words)).then(|| Signals {
        sentiment: sentiment(&words),
        urgency: urgency::of(&words),
        toxicity: toxicity(&words),
        spam: spam(source, &words),
    })
}

fn words(source: &str) -> Vec<Word> {
    let mut found = Vec::new();
    for (sentence, part) in source.split(['.', '!', '?', '\n', ';']).enumerate() {
        let normalised = text::normalise(part);
        let of = |token: &str| Word { text: token.to_owned(), stem: text::stem(token).into_owned(), sentence };
        found.extend(text::tokens(&normalised).map(of));
    }
    found
}

/// Whether the text is made of words that people write, and not of code or encoded bytes.
fn is_prose(source: &str, words: &[Word]) -> bool {
    let (mut inside, mut signs, mut all) = (0usize, 0usize, 0usize);
    for c in source.chars().filter(|c| !c.is_whitespace()) {
        all += 1;
        inside += usize::from(c.is_alphabetic());
        signs += usize::from("{}[]<>=;_\\|&%$#^~+".contains(c));
    }
    let longest = words.iter().map(|w| w.text.chars().count()).max().unwrap_or(0);
    let whole: usize = words.iter().map(|w| w.text.chars().count()).filter(|n| *n <= 30).sum();
    inside * 2 > all && signs * 12 < all && (longest <= 30 || whole * 2 > all)
}

fn listed(list: &[&str], stem: &str) -> bool {
    list.contains(&stem)
}

/// Whether one of the words before it in its sentence turns the word at `at` into its contrary.
fn negated(words: &[Word], at: usize) -> bool {
    let before = words[..at].iter().rev().take(NEGATION).take_while(|w| w.sentence == words[at].sentence);
    before.filter(|w| listed(lexicon::NEGATIONS, &w.text)).count() % 2 == 1
}

/// Words of praise less words of blame, each turned by a negation and doubled by a strong word before it, over their number
/// and a doubt. A word of blame that strengthens a word of praise ("убийственно красивый") does not blame.
fn sentiment(words: &[Word]) -> f32 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (at, word) in words.iter().enumerate() {
        let feels = |w: &Word| match (listed(lexicon::GOOD, &w.stem), listed(lexicon::BAD, &w.stem)) {
            (true, false) => 1.0,
            (false, true) => -1.0,
            _ => 0.0,
        };
        let feeling: f32 = feels(word);
        let strengthens = listed(lexicon::STRONG, &word.stem)
            && words.get(at + 1).is_some_and(|next| next.sentence == word.sentence && feels(next) != 0.0);
        if feeling == 0.0 || strengthens {
            continue;
        }
        let strong = at.checked_sub(1).is_some_and(|i| listed(lexicon::STRONG, &words[i].stem));
        let weight = if strong { 2.0 } else { 1.0 };
        sum += if negated(words, at) { -feeling } else { feeling } * weight;
        count += weight;
    }
    sum / (count + DOUBT)
}

/// Insults, obscenities and threats, weighed against the length of the text.
fn toxicity(words: &[Word]) -> f32 {
    let weigh = |(at, word): (usize, &Word)| {
        let begins = |list: &[&str]| list.iter().any(|start| word.text.starts_with(start));
        if begins(lexicon::OBSCENE) || begins(lexicon::THREATS) && !negated(words, at) {
            2.0
        } else if listed(lexicon::INSULTS, &word.stem) && !negated(words, at) {
            1.0
        } else {
            0.0
        }
    };
    saturated(words.iter().enumerate().map(weigh).sum::<f32>(), words.len())
}

/// Words of advertisement, addresses of pages, money and shouting, weighed against the length of the text.
fn spam(source: &str, words: &[Word]) -> f32 {
    let advertising = words.iter().filter(|w| listed(lexicon::ADVERTISING, &w.stem)).count() as f32;
    let links = source.matches("http").count() + source.matches("www.").count() + source.matches("t.me/").count();
    let money = source.matches(['₽', '$', '%', '€']).count();
    let shouting = source.matches("!!").count();
    // Links, sums and shouts are in honest letters too: without words of advertisement they say nothing.
    let beside = (links * 2 + money + shouting) as f32;
    saturated((advertising - 1.0).max(0.0) + beside.min(2.0 * advertising) / 2.0, words.len())
}

/// A share from a weight of findings: half at two in a short text, more for more, less when spread over a long one.
fn saturated(weight: f32, words: usize) -> f32 {
    let weight = weight / (words as f32 / 30.0).max(1.0).sqrt();
    weight / (weight + 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn urgency(text: &str) -> (Level, Option<Rule>) {
        let urgency = of(text).unwrap().urgency;
        (urgency.level, urgency.rule)
    }

    #[test]
    fn danger_to_life_comes_first_and_names_its_rule() {
        for (text, rule) in [
            ("В подъезде сильный запах газа, срочно!", Rule::Gas),
            ("На детской площадке оборвался провод и искрит", Rule::LiveWire),
            ("Горит подвал дома, идёт дым", Rule::Fire),
            ("Балкон вот-вот рухнет на людей", Rule::Collapse),
            ("Во дворе открытый люк, ходят дети", Rule::OpenManhole),
            ("У входа в сквер отсутствует крышка люка", Rule::OpenManhole),
            ("Ребёнок упал в яму и сломал руку", Rule::Hurt),
            ("Женщина застряла в лифте, никто не отвечает: лифт застрял", Rule::Trapped),
            ("There is a gas leak in our building", Rule::Gas),
            ("A bare wire is hanging over the playground", Rule::LiveWire),
            ("A child was hurt on the broken swing", Rule::Hurt),
        ] {
            assert_eq!(urgency(text), (Level::Danger, Some(rule)), "{text}");
        }
    }

    #[test]
    fn soon_and_in_turn() {
        for (text, rule) in [
            ("Третий день нет отопления", Rule::WithoutSupply),
            ("Заливает подвал канализацией", Rule::Flood),
            ("Над входом висят огромные сосульки", Rule::Ice),
            ("Стая собак нападает на прохожих", Rule::Animals),
            ("Прошу срочно принять меры", Rule::Asked),
            ("No heating in the whole house", Rule::WithoutSupply),
        ] {
            assert_eq!(urgency(text), (Level::Soon, Some(rule)), "{text}");
        }
        for text in [
            "Не срочно, но хотелось бы лавочку",
            "This is not urgent",
            "Не горит фонарь у дома 5",
            "Газон у дома давно не стригли",
            "Нужна пожарная лестница",
            "Повесьте расписание автобусов",
            "Убийственно красивый парк",
            "Открытый урок в школе понравился, люди довольны",
        ] {
            assert_eq!(urgency(text), (Level::Ordinary, None), "{text}");
        }
    }

    #[test]
    fn feelings_with_negations_and_strong_words() {
        let of = |text: &str| of(text).unwrap().sentiment;
        for text in [
            "Спасибо, очень красивый парк!",
            "Убийственно красивый парк",
            "Всё неплохо, даже хорошо",
            "Не плохой двор, чисто",
            "Great work, thank you",
        ] {
            assert!(of(text) > 0.3, "{text}: {}", of(text));
        }
        for text in [
            "Ужасная дорога, сплошное безобразие",
            "Не нравится двор: грязно и темно",
            "Это не хорошо",
            "Terrible road, rude staff",
            "The lift is not good",
        ] {
            assert!(of(text) < -0.3, "{text}: {}", of(text));
        }
        assert_eq!(of("Когда откроется поликлиника на Лесной?"), 0.0);
        assert!(of("Парк красивый, но дорога к нему ужасная").abs() < 0.2);
    }

    #[test]
    fn insults_are_told_from_anger() {
        let of = |text: &str| of(text).unwrap().toxicity;
        assert!(of("Вы идиоты и уроды, всех убью") > 0.5);
        assert!(of("You stupid morons") >= 0.5);
        for text in [
            "Отвратительная дорога, вы ничего не делаете!",
            "Сотрудник не дурак, помог",
            "На рынке продают козье молоко",
            "Школа на улице Дуровой",
        ] {
            assert_eq!(of(text), 0.0, "{text}");
        }
    }

    #[test]
    fn advertising_is_told_from_honest_letters() {
        let of = |text: &str| of(text).unwrap().spam;
        assert!(of("Заработок без вложений! Бонус 500% и бесплатные ставки, жми https://casino.example") >= 0.5);
        assert!(of("Cheap loans, click now for a free bonus: http://x.example $$$") >= 0.5);
        for text in [
            "Тариф подняли на 45% до 11 рублей, ответ: https://portal.example/1",
            "В магазине нет скидок для пенсионеров",
            "Фото тут: http://a.example http://b.example",
        ] {
            assert!(of(text) < 0.3, "{text}: {}", of(text));
        }
    }

    #[test]
    fn honest_silence() {
        for text in [
            "",
            "   ",
            "🙂🙂🔥",
            "12 345",
            "aGVsbG8gd29ybGQgdGhpcyBpcyBiYXNlNjQgZW5jb2RlZCB0ZXh0IGZvciB0ZXN0aW5n",
            "fn main() { let x = a[0] + b; if (x >= 3) { return; } }",
            "Die Straße ist nicht beleuchtet und es ist dunkel",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn lexicons_hold_stems_that_words_have() {
        const ENDINGS: &[&str] = &[
            "", "e", "y", "ed", "ing", "s", "ful", "ous", "ly", "able", "al", "ant", "а", "я", "о", "е", "и", "ы", "у", "ть", "ти", "л",
            "ла", "ло", "ли", "ет", "ит", "ют", "ают", "ся", "ают", "ый", "ий", "ая", "ое", "ой", "ие", "ые", "ье", "ом", "ем", "ов", "ь",
            "ия", "ство", "ение", "ный", "ать", "ить", "ает", "ится", "ится", "сь", "ие", "ость", "ая", "ого", "й", "ю", "ла", "ешь",
        ];
        let reached = |stem: &&str| ENDINGS.iter().any(|ending| text::stem(&format!("{stem}{ending}")) == **stem);
        for list in [lexicon::GOOD, lexicon::BAD, lexicon::STRONG, lexicon::INSULTS, lexicon::ADVERTISING] {
            assert!(list.is_sorted());
            assert_eq!(list.iter().filter(|stem| !reached(stem)).collect::<Vec<_>>(), [] as [&&str; 0]);
        }
        assert!(lexicon::GOOD.iter().all(|stem| !lexicon::BAD.contains(stem)));
    }

    proptest! {
        #[test]
        fn signals_stay_in_their_ranges(text in "\\PC{0,80}") {
            if let Some(signals) = of(&text) {
                prop_assert!((-1.0..=1.0).contains(&signals.sentiment));
                prop_assert!((0.0..=1.0).contains(&signals.toxicity) && (0.0..=1.0).contains(&signals.spam));
            }
        }
    }
}
