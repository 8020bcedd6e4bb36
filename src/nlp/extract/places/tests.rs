use super::*;
use crate::nlp::extract::facts;

/// "kind name houses" of each place.
fn of(text: &str) -> Vec<String> {
    let shown = |place: &Place| {
        let street = place.street.as_ref().map(|s| (s.kind.map_or(String::new(), |k| format!("{k:?} ")), s.name.join(" ")));
        let houses: Vec<String> = place.houses.iter().map(House::to_string).collect();
        let entrance = place.entrance.map_or(String::new(), |e| format!(" entrance {e}"));
        let (kind, name) = street.unwrap_or_default();
        format!("{kind}{name} {}{entrance}", houses.join(",")).trim().to_owned()
    };
    facts(text).places.iter().map(|found| shown(&found.what)).collect()
}

#[test]
fn one_street_in_every_case_form() {
    for text in ["Яма на Росистой улице", "улица Росистая", "ул. Росистой", "по ул.Росистая", "УЛ. РОСИСТАЯ", "вдоль Росистой улицы!"]
    {
        assert_eq!(of(text), ["Street росист"], "{text}");
    }
    for text in ["Росистая, 5", "дом 5 по Росистой", "у дома 5 на Росистой"] {
        assert_eq!(of(text), ["росист 5"], "{text}");
    }
}

#[test]
fn houses_beside_their_streets() {
    for (text, place) in [
        ("ул. Садовая, д. 12 к. 2", "Street садов 12 к2"),
        ("улица Садовая, дом № 12/7", "Street садов 12/7"),
        ("у дома 5 по улице Садовой", "Street садов 5"),
        ("Садовая ул, 15к3", "Street садов 15 к3"),
        ("Семёна Дежнёва, 37А, подъезд 2", "сем дежнев 37а entrance 2"),
        ("просп. Мира, дома 8, 12 и 14", "Avenue мир 8,12,14"),
        ("Каширское шоссе 3 корпус 1 строение 2", "Highway каширск 3 к1"),
        ("2-й Заречный переулок, 7", "Lane 2 заречн 7"),
        ("улица 4-я Линия, 7", "Street 4 лин 7"),
        ("за 20 домом по ул. Лесной", "Street лесн 20"),
        ("ул. Сельских учителей, 3", "Street сельск учител 3"),
        ("ул. 8 Марта д.5", "Street 8 март 5"),
        ("улица росистая 5", "Street росист 5"),
        ("5 Main St", "Street main 5"),
        ("at Main Street 5", "Street main 5"),
        ("12B Baker Street", "Street baker 12б"),
    ] {
        assert_eq!(of(text), [place], "{text}");
    }
}

#[test]
fn crossings_settlements_and_stops() {
    assert_eq!(of("на пересечении улиц Мира и Садовой"), ["Street мир", "садов"]);
    assert_eq!(of("перекрёсток ул. Мира и ул. Садовой"), ["Street мир", "Street садов"]);
    assert_eq!(of("в деревне Малинки нет света"), ["Settlement малинк"]);
    assert_eq!(of("д. Малинки"), ["Settlement малинк"]);
    assert_eq!(of("на остановке «Улица Мира» темно"), ["Stop улиц мир"]);
    assert_eq!(of("остановка общественного транспорта Дом Художника"), ["Stop дом художник"]);
}

#[test]
fn what_is_no_place() {
    for text in [
        "На улице холодно и темно",
        "Наша улица грязная",
        "Живём здесь 5 лет, домов 10 вокруг",
        "Осталось 5 дней",
        "5-этажный дом",
        "Площадь 30 метров",
        "",
    ] {
        assert_eq!(of(text), [] as [&str; 0], "{text}");
    }
}

#[test]
fn positions_by_the_words_before() {
    let of = |text: &str| facts(text).places.first().map(|p| p.what.position);
    assert_eq!(of("Надписи на стене дома Садовая, 5"), Some(Position::At));
    assert_eq!(of("Надписи на гараже во дворе дома Садовая, 5"), Some(Position::Near));
    assert_eq!(of("Не горит фонарь Садовая, 5"), Some(Position::Untold));
    assert_eq!(of("Табло в сторону ул. Садовой"), Some(Position::Towards));
}
