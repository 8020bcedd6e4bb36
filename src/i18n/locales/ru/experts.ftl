# Очередь обращений, темы, жалобы: страницы специалистов и модераторов.
queue-title = Очередь обращений
queue-tabs = Очереди
queue-crumbs = Где вы
queue-beside = Соседние обращения
queue-mine = У меня в работе
queue-group-all = Все группы
queue-group-desk = Стол разбора
queue-words = Слова в тексте
queue-group = Рабочая группа
queue-state = Состояние
queue-channel = Откуда
queue-order = Порядок
queue-order-due = Сначала срочные
queue-order-newest = Сначала новые
queue-filter = Показать
queue-state-open = Ждут ответа
queue-state-all = Все состояния
queue-state-new = Новое
queue-state-triaged = В очереди
queue-state-in-progress = В работе
queue-state-reopened = Открыто снова
queue-state-answered = Дан ответ
queue-state-closed = Закрыто
queue-state-merged = Объединено
queue-state-rejected = Отклонено
queue-channel-any = Отовсюду
queue-channel-web = сайт
queue-channel-email = почта
queue-channel-telegram = Telegram
queue-channel-phone = телефон
queue-channel-api = другая программа
queue-due = Ответить
queue-overdue = Просрочено: срок был
queue-count = { $count ->
    [one] { $count } обращение
    [few] { $count } обращения
   *[other] { $count } обращений
}
queue-mark = Отметить обращение № { $number }
queue-take = Взять себе
queue-take-one = Взять себе
queue-route-to = Передать группе
queue-route = Передать
queue-merge-marked = Объединить с первым
queue-empty-title = Здесь никто не ждёт
queue-empty-body = Выберите другую очередь или снимите условия.
queue-none-marked = Отметьте хотя бы одно обращение.
queue-too-many = Отметьте не больше 100 обращений за раз.
queue-merge-two = Чтобы объединить, отметьте два обращения или больше: остальные станут частью первого.
queue-choose-group = Выберите группу, которой передать.
queue-partly = { $count ->
    [one] Сделано для { $count } обращения. С остальными не вышло:
   *[other] Сделано для { $count } обращений. С остальными не вышло:
}
queue-refused = № { $number }: { $message }
queue-live-new = Новые обращения:
queue-live-changed = Список изменился.
queue-live-ticket = Обращение изменилось, пока вы читали.
queue-live-show = Показать
queue-live-failed = Не отправлено: нет связи. То, что вы написали, цело — попробуйте ещё раз.

queue-keys = Клавиши
queue-keys-body = С клавиатуры быстрее. Клавиши работают в очереди и на странице обращения при любой раскладке, когда вы не в поле ввода; отключить их можно в окне, которое открывает «?».
queue-keys-on = Клавиши включены
queue-keys-close = Закрыть
queue-key = Клавиша
queue-key-does = Что делает
queue-key-j = Следующее обращение или предложение
queue-key-k = Предыдущее обращение или предложение
queue-key-enter = Открыть обращение
queue-key-x = Отметить или снять отметку
queue-key-a = Взять себе: отмеченные или то, на котором вы стоите; принять предложение
queue-key-r = Выбрать группу, чтобы передать; отклонить предложение
queue-key-m = Объединить отмеченные; на странице обращения — объединить по номеру
queue-key-c = Открыть тему обращения
queue-key-t = Написать ответ
queue-key-u = Вернуться к списку
queue-key-slash = Искать по словам
queue-key-escape = Выйти из поля ввода
queue-key-help = Показать эти клавиши

queue-messages = Переписка
queue-direction-in = пишет
queue-direction-out = ответ
queue-direction-note = заметка для своих
queue-citizen = Житель
queue-platform = Вече
queue-previous = Предыдущее
queue-next = Следующее
queue-decided = Решение
queue-rating = { $count ->
    [one] Автор оценил ответ на { $count } балл из 5.
    [few] Автор оценил ответ на { $count } балла из 5.
   *[other] Автор оценил ответ на { $count } баллов из 5.
}
queue-preview = Посмотреть, как будет
queue-preview-title = Так это увидит человек
queue-preview-reply = Ничего ещё не отправлено.
queue-preview-decision = Ничего ещё не отправлено. Решение станет ответом на обращение.
queue-reply = Ответить
queue-reply-text = Текст
queue-reply-hint = Ответ уйдёт человеку туда, откуда он писал. Заметку увидят только специалисты.
queue-reply-send = Отправить ответ
queue-note-save = Оставить заметку для своих
queue-files = Файлы
queue-history = История
queue-after = было: { $state }
queue-assignee = Кто занимается
queue-nobody-yet = Пока никто
queue-nobody = Никто: вернуть в очередь
queue-assign = Поручить
queue-assign-button = Поручить
queue-confidence = Выбрано машиной, уверенность { $percent } %
queue-alike = Похожие
queue-no-duplicates = Таких же обращений не нашлось.
queue-score = сходство { $percent } %
queue-cluster = Тема
queue-merge-into = Присоединить это к нему
queue-merge-here = Присоединить их сюда
queue-merge-by-number = Объединить по номеру
queue-merged-into = Теперь это часть обращения
queue-separate = Вынуть: это другое
queue-joined = Присоединённых обращений: { $count }
queue-merge-one = Назовите один номер: к нему присоединится это обращение.
queue-numbers = Номера обращений
queue-numbers-hint = Например, 2026-000123. Несколько — через пробел.
queue-numbers-needed = Назовите номера обращений, от 1 до 50.
queue-not-a-number = «{ $number }» не похоже на номер. Номер выглядит так: 2026-000123.
queue-no-such-ticket = Обращения № { $number } нет.
queue-decide = Принять решение
queue-decide-hint = Решение принимают один раз. Его текст станет ответом на обращение.
queue-decision-kind = Что решили
queue-decision-accept = Сделаем
queue-decision-accept-in-part = Сделаем частично
queue-decision-decline = Не сделаем
queue-decision-forward = Передали другому ведомству
queue-decision-answer = Ответ на вопрос
queue-department = Ведомство
queue-department-hint = Кто сделает или кому передали. При передаче — обязательно.
queue-no-department = Не указано
queue-decision-body = Решение и его причины
queue-decision-body-hint = От 20 знаков. Этот текст прочтут все, кого он касается.
queue-decide-button = Принять решение
queue-reject = Отклонить
queue-reject-reason = Почему
queue-reject-hint = От 10 знаков. Причину прочтёт автор.
queue-reject-button = Отклонить обращение
queue-facts = Об обращении
queue-sender = Автор
queue-sender-hidden = Виден только группе, которая занимается обращением
queue-operator = Записал с его слов
queue-language = Язык
queue-language-ru = русский
queue-language-en = английский
queue-language-unknown = не определён
queue-topic = О чём
queue-no-topic = Не указано
queue-topic-to = Из списка
queue-topic-set = Указать
queue-territory = Где
queue-public = Кто видит
queue-public-yes = Все: открыть общую страницу
queue-public-no = Автор и специалисты

flash-queue-taken = Обращение у вас. Срок ответа — вверху страницы.
flash-queue-assigned = Поручено. Обращение теперь в работе.
flash-queue-put-back = Обращение вернулось в очередь группы.
flash-queue-topic-set = Записано. Машина запомнит, о чём такие обращения.
flash-queue-routed = Передано. Машина запомнит, куда отправлять такие обращения.
flash-queue-merged = Объединено. Переписка продолжится в обращении № { $value }.
flash-queue-merged-here = Объединено. Авторы узнают об этом и получат общий ответ.
flash-queue-merged-into = Объединено: переписка продолжается здесь.
flash-queue-separated = Обращение снова само по себе.
flash-queue-noted = Заметка сохранена. Её видят только специалисты.
flash-queue-answered = Ответ отправлен. Если человек напишет снова, обращение вернётся в очередь.
flash-queue-rejected = Отклонено. Автору уйдёт ваша причина.
flash-queue-decided = Решение принято и отправлено автору.
flash-queue-all-assigned = Взято себе: { $value }. Они в «У меня в работе».
flash-queue-all-routed = Передано: { $value }. Машина запомнит, куда отправлять такие обращения.

cluster-list-title = Темы обращений
cluster-list-body = Машина собирает обращения об одном и том же. Одно решение по теме отвечает всем, кто о ней написал.
cluster-state = Состояние
cluster-state-open = Открыта
cluster-state-decided = Решение принято
cluster-state-merged = Объединена
cluster-state-all = Все
cluster-order-largest = Сначала большие
cluster-order-recent = Сначала свежие
cluster-least = Обращений не меньше
cluster-empty-title = Таких тем нет
cluster-empty-body = Снимите часть условий. Новая тема появится, когда об одном и том же напишут несколько человек.
cluster-count = { $count ->
    [one] { $count } тема
    [few] { $count } темы
   *[other] { $count } тем
}
cluster-tickets = { $count ->
    [one] обращение
    [few] обращения
   *[other] обращений
}
cluster-unnamed = Ещё без названия
cluster-last = Последнее
cluster-first = Первое
cluster-size = Обращений
cluster-keywords = Главные слова
cluster-merged-into = Эта тема стала частью другой:
cluster-typical = Что пишут
cluster-course = Сколько писали
cluster-course-summary = { $count ->
    [one] { $count } обращение
    [few] { $count } обращения
   *[other] { $count } обращений
} за { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
}; больше всего — { $most }, { $day }.
cluster-course-even = { $count ->
    [one] { $count } обращение
    [few] { $count } обращения
   *[other] { $count } обращений
} за { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
}.
cluster-course-table = Числа по дням
cluster-day = День
cluster-written = Обращений
cluster-all = Обращения
cluster-split = Выделить отмеченные в новую тему
cluster-split-hint = Если машина собрала вместе разное.
cluster-neighbours = Близкие темы
cluster-merge = Присоединить сюда
cluster-assessments = Оценки специалистов
cluster-no-assessments = Пока никто не оценил, можно ли это сделать и сколько это стоит.
cluster-spread-same = Осуществимость: { $level } — все согласны.
cluster-spread-feasibility = Осуществимость: от «{ $low }» до «{ $high }».
cluster-spread-cost = Стоимость: от { $low } до { $high } { $currency }.
cluster-cost = { $low }–{ $high } { $currency }
cluster-assess = Дать оценку
cluster-assess-again = Изменить свою оценку
cluster-feasibility = Можно ли это сделать
cluster-feasibility-0 = Нельзя
cluster-feasibility-1 = Очень трудно
cluster-feasibility-2 = Трудно
cluster-feasibility-3 = Можно
cluster-feasibility-4 = Легко
cluster-choose-feasibility = Выберите, можно ли это сделать.
cluster-cost-low = Стоимость, не меньше
cluster-cost-high = Стоимость, не больше
cluster-cost-hint = Целое число, без копеек.
cluster-currency = Валюта
cluster-effect = Что это даст
cluster-effect-hint = Кому и чем поможет.
cluster-opinion = Ваше мнение и его причины
cluster-opinion-hint = От 10 знаков. Видят только специалисты.
cluster-assess-button = Сохранить оценку
cluster-decide = Решение по теме
cluster-decide-hint = { $count ->
    [one] Решение станет ответом на { $count } обращение темы, если его ещё ждут.
   *[other] Решение станет ответом на каждое из { $count } обращений темы, которые ещё ждут.
}
cluster-preview = Так это увидят люди. Ничего ещё не отправлено.
cluster-not-yours = Решение и оценки — за группой, в очереди которой эта тема.
cluster-comments = Обсуждение
cluster-comment = Сообщение
cluster-comment-hint = Тема открыта всем, кто читает сервис: не пишите личного.
cluster-comment-button = Написать
cluster-comment-hidden = Скрыто модератором.
flash-cluster-merged = Темы объединены. Название скоро обновится.
flash-cluster-split = Готово: вот новая тема. Название скоро появится.
flash-cluster-assessed = Оценка сохранена. Её можно изменить, пока нет решения.
flash-cluster-decided = Решение принято. Ответы расходятся по обращениям темы.
flash-cluster-commented = Сообщение видно в обсуждении.

moderation-title = Жалобы
moderation-body = Люди просят посмотреть на эти тексты. Скрывайте только то, что нарушает правила, и объясняйте почему: причину увидят все.
moderation-open = Ждут
moderation-resolved = Рассмотренные
moderation-empty-title = Жалоб нет
moderation-empty-body = Всё спокойно. Новые жалобы появятся здесь.
moderation-none-resolved = Рассмотренных жалоб пока нет
moderation-kind-comment = Комментарий
moderation-kind-initiative = Инициатива
moderation-kind-ticket = Обращение
moderation-comment-on = Комментарий: «{ $name }»
moderation-is-hidden = Скрыто
moderation-hidden-because = Причина:
moderation-look = Открыть на своём месте
moderation-gone = Этого текста больше нет
moderation-flags = { $count ->
    [one] { $count } жалоба
    [few] { $count } жалобы
   *[other] { $count } жалоб
}
moderation-earlier = { $count ->
    [one] Раньше: { $count } рассмотренная жалоба
    [few] Раньше: { $count } рассмотренные жалобы
   *[other] Раньше: { $count } рассмотренных жалоб
}
moderation-settled = рассмотрена
moderation-reason-spam = Реклама, повторы
moderation-reason-abuse = Оскорбления, угрозы
moderation-reason-personal-data = Чужие личные данные
moderation-reason-illegal = Против закона
moderation-reason-off-topic = Не по теме
moderation-reason-other = Другое
moderation-hide = Скрыть…
moderation-reason = Почему
moderation-reason-hint = От 5 знаков. Причина будет стоять на месте текста.
moderation-hide-button = Скрыть текст
moderation-leave = Оставить как есть
flash-moderation-hidden = Текст скрыт, жалобы на него закрыты. Причину видят все.
flash-moderation-left = Жалоба закрыта, текст остался.
