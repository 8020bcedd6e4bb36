/// What the experts write about a matter of the demonstration messages.
pub struct Texts {
    /// The matter, as the file of messages names it.
    pub matter: &'static str,
    /// An answer in Russian.
    pub ru: &'static str,
    /// An answer in English.
    pub en: &'static str,
}

/// An answer for what has none of its own.
pub const OTHER: Texts = Texts {
    matter: "",
    ru: "Спасибо за сообщение. Рабочая группа передала его ответственному специалисту, выезд назначен на ближайшую неделю. О результате напишем здесь же.",
    en: "Thank you for your message. The working group has passed it on to the specialist in charge, who will visit the place within a week. We will report the result here.",
};

/// Those matters that most people write about; the first are decided on as a whole, the next assessed.
pub const TEXTS: &[Texts] = &[
    Texts {
        matter: "bus-14",
        ru: "Перевозчик признал, что выпускал на маршрут 14 меньше автобусов, чем положено. С понедельника добавлены два автобуса в часы пик, выполнение расписания проверяем по отметкам со спутника и публикуем каждую неделю.",
        en: "The operator has admitted to running fewer buses on route 14 than agreed. From Monday two more buses run at peak hours; we check the timetable by satellite tracking and publish the figures every week.",
    },
    Texts {
        matter: "hot-water",
        ru: "Горячая вода подана, причина была в повреждении подводящей трубы. Перерасчёт за все дни отключения будет в следующей квитанции, отдельного заявления не нужно.",
        en: "Hot water is back; the cause was a damaged supply pipe. All days without it will be deducted from the next bill, no separate application is needed.",
    },
    Texts {
        matter: "potholes",
        ru: "Место осмотрено и внесено в план ямочного ремонта. Опасные выбоины заделываем в течение десяти дней, сплошной ремонт участка предложен в бюджет следующего года.",
        en: "The place has been inspected and added to the patching schedule. Dangerous holes are filled within ten days; full resurfacing has been proposed for next year's budget.",
    },
    Texts {
        matter: "rubbish",
        ru: "График вывоза изменён: площадку обслуживают ежедневно до девяти утра. За пропуски перевозчику начислены штрафы. Если бак снова переполнен, пришлите снимок в этот же разговор.",
        en: "The collection schedule has changed: the site is now served daily before nine. The contractor has been fined for missed rounds. If the bin overflows again, send a photograph in this conversation.",
    },
    Texts {
        matter: "street-lights",
        ru: "Повреждённый кабель найден и заменён, линия горит с вечера вторника. Гарантия на работы три года. Если какой-то фонарь ещё не горит, сообщите номер опоры.",
        en: "The damaged cable has been found and replaced; the line has been lit since Tuesday evening. If a lamp is still dark, please send us the number on its post.",
    },
    Texts {
        matter: "clinic-queue",
        ru: "В поликлинике открыт дополнительный приём по субботам, часть записи теперь выкладывается каждое утро в семь. С вами свяжется старшая медсестра и предложит ближайшее время.",
        en: "The clinic has opened extra appointments on Saturdays, and some slots are now released every morning at seven. The head nurse will contact you with the nearest time.",
    },
    Texts {
        matter: "plant-smell",
        ru: "По обращениям жителей взяты пробы воздуха в трёх точках, в двух найдено превышение. Предприятию выдано предписание заменить фильтры, результаты проб опубликованы.",
        en: "Air samples were taken at three points following your reports; two exceeded the limit. The plant has been ordered to replace its filters, and the results are published.",
    },
    Texts {
        matter: "stray-dogs",
        ru: "Служба отлова выезжала по адресу дважды, животные осмотрены, привиты и переданы в приют. Кормление у школы и остановки просим прекратить, место для подкормки согласовано с волонтёрами.",
        en: "The animal service has visited the address twice; the dogs have been examined, vaccinated and taken to the shelter.",
    },
    Texts {
        matter: "crossing",
        ru: "Переход обследован вместе с дорожной инспекцией. Разметка обновлена, ветки у знака обрезаны, светофор с кнопкой включён в план этого года.",
        en: "The crossing was inspected together with the traffic police. The markings are fresh, the branches in front of the sign are cut, and push-button lights are planned for this year.",
    },
    Texts {
        matter: "e-services",
        ru: "Ошибка найдена: портал отклонял заявления с буквой «ё» и длинными именами. Исправление установлено в среду, незавершённые заявления восстановлены. Пожалуйста, попробуйте ещё раз.",
        en: "The fault has been found and corrected on Wednesday, and unfinished applications have been restored. Please try once more.",
    },
    Texts {
        matter: "snow-pavement",
        ru: "Тротуар очищен и посыпан, участок закреплён за отдельной бригадой. При снегопаде уборка начинается в пять утра, проверяем снимками.",
        en: "The pavement has been cleared and gritted, and a crew is now assigned to it. During snowfall work begins at five in the morning.",
    },
    Texts {
        matter: "lifts",
        ru: "Лифт запущен, заменён привод дверей. Полная замена лифта стоит в плане капитального ремонта на следующий год, протокол осмотра вывешен в подъезде.",
        en: "The lift runs again; the door drive has been replaced. Full replacement is planned for next year.",
    },
];

/// The texts for a matter.
pub fn of(matter: &str) -> &'static Texts {
    TEXTS.iter().find(|texts| texts.matter == matter).unwrap_or(&OTHER)
}
