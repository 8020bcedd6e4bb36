//! How near two texts are under a model says nothing until one knows how near it puts texts that have nothing in common: 0.1
//! under one, 0.75 under another. So each model is tried on sentences whose matters are known.

use super::{Thresholds, dot};

/// Matters that citizens write about, each put twice in words that share little.
type Matters = [[&'static str; 2]; 16];

const RUSSIAN: Matters = [
    ["Во дворе третий день не горят фонари", "Вечером на улице темно, освещение не работает"],
    ["На дороге глубокая яма, пробил колесо", "Асфальт разбит, машины объезжают выбоины"],
    ["Мусор не вывозят вторую неделю", "Контейнеры переполнены, отходы лежат вокруг площадки"],
    ["В квартире холодно, батареи едва тёплые", "Отопление до сих пор не включили"],
    ["Из крана идёт ржавая вода", "Водопроводная вода мутная и пахнет"],
    ["Автобус опаздывает на полчаса каждое утро", "На остановке не дождаться общественного транспорта"],
    ["Не могу записаться к терапевту в поликлинике", "Талонов к врачу нет на месяц вперёд"],
    ["Ребёнку не дают место в детском саду", "Очередь в ясли не движется уже год"],
    ["Тротуар завален снегом, пройти нельзя", "Дворники не чистят лёд, люди падают"],
    ["Стая бездомных собак пугает детей", "Просим отловить безнадзорных животных"],
    ["Соседи шумят и включают музыку ночью", "Невозможно спать из-за громких вечеринок за стеной"],
    ["Течёт крыша, залило верхний этаж", "После дождя вода капает с потолка в подъезде"],
    ["Упавшее дерево перегородило проход", "Сухие ветки грозят рухнуть на прохожих, спилите тополь"],
    ["В счёте за коммунальные услуги ошибка", "Начислили лишнее в квитанции, нужен перерасчёт"],
    ["На детской площадке сломаны качели", "Игровой городок для малышей требует ремонта"],
    ["Лифт стоит неделю, пожилым не подняться", "Подъёмник в доме застревает между этажами"],
];

const ENGLISH: Matters = [
    ["The lamps in our yard have been out for three days", "It is dark in the street at night, the lighting does not work"],
    ["A deep pothole in the road burst my tyre", "The asphalt is broken and cars swerve around the holes"],
    ["The rubbish has not been collected for two weeks", "The bins overflow and waste lies all around them"],
    ["The flat is cold, the radiators are barely warm", "They still have not turned the heating on"],
    ["Rusty water comes out of the tap", "Our water supply is cloudy and smells"],
    ["The bus is half an hour late every morning", "One waits forever for public transport at this stop"],
    ["I cannot get an appointment with my doctor", "The clinic has no free slots for a month"],
    ["My child is not given a place in a kindergarten", "The waiting list for the nursery has not moved for a year"],
    ["The pavement is buried in snow, one cannot walk", "Nobody clears the ice and people fall"],
    ["A pack of stray dogs frightens the children", "Please catch the homeless animals roaming here"],
    ["The neighbours make noise and play music at night", "I cannot sleep because of loud parties next door"],
    ["The roof leaks and the top floor is flooded", "After rain water drips from the ceiling of the stairwell"],
    ["A fallen tree blocks the path", "Dry branches may drop on people, please cut down the poplar"],
    ["There is a mistake in my utility bill", "I was charged too much and want the sum corrected"],
    ["The swings on the playground are broken", "The climbing frame for toddlers needs repair"],
    ["The lift has been out of order for a week", "The elevator gets stuck between floors"],
];

/// What a model makes of texts in one language.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// How surely it puts texts of one matter nearer than texts of two, 0..=1; 0.5 is mere chance.
    pub sureness: f32,
    /// Mean similarity of texts of one matter.
    pub same: f32,
    /// Mean similarity of texts of two matters.
    pub other: f32,
}

/// What a model makes of Russian and of English.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// Of Russian texts.
    pub russian: Sight,
    /// Of English texts.
    pub english: Sight,
}

impl Calibration {
    /// Tries an embedder.
    ///
    /// # Errors
    /// As the embedder.
    pub fn of<E>(embed: impl Fn(&[&str]) -> Result<Vec<Vec<f32>>, E>) -> Result<Calibration, E> {
        let sight = |matters: &Matters| Ok(Sight::of(&embed(matters.as_flattened())?));
        Ok(Calibration { russian: sight(&RUSSIAN)?, english: sight(&ENGLISH)? })
    }

    /// In the language that the model knows better: similar from half-way between texts of two matters and of one; and a text
    /// joins a cluster to whose middle it is as near as texts of one matter are to each other.
    pub fn thresholds(&self) -> Thresholds {
        let best = if self.russian.sureness >= self.english.sureness { self.russian } else { self.english };
        Thresholds { join: best.same, similar: (best.same + best.other) / 2.0 }
    }
}

impl Sight {
    /// From vectors of which each two in turn are of one matter.
    fn of(vectors: &[Vec<f32>]) -> Sight {
        let pairs = (0..vectors.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
        let (same, other): (Vec<_>, Vec<_>) = pairs.map(|(a, b)| (a / 2 == b / 2, dot(&vectors[a], &vectors[b]))).partition(|pair| pair.0);
        let mean = |pairs: &[(bool, f32)]| pairs.iter().map(|pair| pair.1).sum::<f32>() / pairs.len().max(1) as f32;
        let wins = same.iter().flat_map(|s| other.iter().map(move |o| f32::from(u8::from(s.1 > o.1)))).sum::<f32>();
        Sight { sureness: wins / (same.len() * other.len()).max(1) as f32, same: mean(&same), other: mean(&other) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nlp::{Embedder, Idf, Lexical};

    #[test]
    fn chance_is_told_from_sight() {
        let (x, y) = (vec![1.0, 0.0], vec![0.0, 1.0]);
        let seeing = Sight::of(&[x.clone(), x.clone(), y.clone(), y.clone()]);
        assert_eq!(seeing, Sight { sureness: 1.0, same: 1.0, other: 0.0 });
        assert_eq!(Sight::of(&[x.clone(), y.clone(), x, y]).sureness, 0.0);
    }

    #[test]
    fn words_alone_do_not_show_the_matter() {
        let words = Lexical::new(Idf::new(), None);
        let found = Calibration::of(|texts| Ok::<_, std::convert::Infallible>(words.embed(texts))).unwrap();
        assert!((0.5..0.9).contains(&found.russian.sureness), "{found:?}");
    }
}
