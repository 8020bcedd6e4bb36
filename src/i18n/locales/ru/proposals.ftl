# Предлагаемые изменения тем и разделы, в которых темы стоят.
proposal-list-title = Предлагаемые изменения
proposal-list-body = Каждую ночь машина заново раскладывает свежие обращения. Что она бы объединила, разделила или перенесла, видно здесь; ничего не изменится, пока вы не согласитесь.
proposal-link = Предлагаемые изменения
proposal-of-cluster = { $count ->
    [one] Для этой темы предложено { $count } изменение.
    [few] Для этой темы предложено { $count } изменения.
   *[other] Для этой темы предложено { $count } изменений.
}
proposal-look = Посмотреть и решить
proposal-state = Состояние
proposal-state-open = Ждут решения
proposal-state-accepted = Приняты
proposal-state-refused = Отклонены
proposal-state-outdated = Устарели
proposal-only-cluster = Показаны только предложения по одной теме.
proposal-show-all = Показать все
proposal-count = { $count ->
    [one] { $count } предложение
    [few] { $count } предложения
   *[other] { $count } предложений
}
proposal-empty-title = Предложений нет
proposal-empty-body = Темы такие, какими их сделала бы машина. Она проверит снова ночью или когда вы попросите.
proposal-empty-decided = Здесь пока пусто.
proposal-kind-merge = Объединить
proposal-kind-split = Разделить
proposal-kind-move = Перенести
proposal-title-merge = Присоединить { $count ->
    [one] { $count } тему
    [few] { $count } темы
   *[other] { $count } тем
} к «{ $name }»
proposal-title-split = Выделить { $count ->
    [one] { $count } обращение
    [few] { $count } обращения
   *[other] { $count } обращений
} из темы «{ $name }»
proposal-title-move = Перенести { $count ->
    [one] { $count } обращение
    [few] { $count } обращения
   *[other] { $count } обращений
} в тему «{ $name }»
proposal-why-merge = Если разложить всё заново, они окажутся вместе. Похожи на { $percent } %.
proposal-why-split = Если разложить всё заново, эти обращения окажутся отдельно от остальных. Части похожи на { $percent } %.
proposal-why-move = Если разложить всё заново, эти обращения окажутся в другой теме. На неё они похожи на { $percent } %, на нынешнюю — на { $now } %.
proposal-shared = Общие слова
proposal-only-here = Только здесь
proposal-stays-merge = Остаётся
proposal-stays-split = Остаётся в теме
proposal-stays-move = Тема, куда перенести
proposal-moves-merge = Станет её частью
proposal-moves-split = Станет отдельной темой
proposal-moves-move = Перенести
proposal-from = Сейчас в теме
proposal-more = { $count ->
    [one] и ещё { $count }
   *[other] и ещё { $count }
}
proposal-side-size = { $count ->
    [one] { $count } обращение
    [few] { $count } обращения
   *[other] { $count } обращений
}
proposal-examples = Что пишут
proposal-no-examples = Этих обращений больше нет.
proposal-accept-merge = Объединить
proposal-accept-split = Разделить
proposal-accept-move = Перенести
proposal-refuse = Отклонить…
proposal-reason = Почему
proposal-reason-hint = Можно не заполнять. Прочтут другие специалисты. Снова машина предложит это, только если обращений станет в полтора раза больше.
proposal-refuse-button = Отклонить
proposal-because = Причина:
regrouping-title = Проверка всех тем
regrouping-none = Проверок ещё не было.
regrouping-start = Проверить сейчас
regrouping-refresh = Обновить
regrouping-state-waiting = Проверка ждёт своей очереди.
regrouping-state-reading = Читаем обращения.
regrouping-state-grouping = Раскладываем обращения заново: { $count }.
regrouping-state-comparing = Сравниваем с тем, какие темы есть.
regrouping-state-done = Проверено обращений: { $count }. Новых предложений: { $proposed }. Устарело: { $outdated }.
regrouping-state-failed = Последняя проверка прервалась. Она начнётся снова сама.
flash-proposal-accepted = Готово. Названия тем скоро обновятся.
flash-proposal-refused = Отклонено. Всё остаётся как есть.
flash-regrouping-started = Проверка началась и идёт сама. Когда она закончится, страница об этом скажет.

theme-list-title = Разделы
theme-list-body = О чём пишут люди, крупно: темы, у которых есть общее, стоят в одном разделе. Машина раскладывает их каждую ночь.
theme-link = По разделам
theme-empty-title = Разделов пока нет
theme-empty-body = Они появятся после первой ночи, когда найдётся несколько близких тем.
theme-unnamed = Ещё без названия
theme-clusters = { $count ->
    [one] { $count } тема
    [few] { $count } темы
   *[other] { $count } тем
}
theme-tickets = { $count ->
    [one] { $count } обращение
    [few] { $count } обращения
   *[other] { $count } обращений
}
theme-all = Все темы раздела
theme-only = Раздел:
theme-any = Все разделы
