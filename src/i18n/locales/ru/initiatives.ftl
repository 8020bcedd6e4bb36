# Инициативы.
initiative-hidden = Текст скрыт модераторами
initiative-state-draft = Черновик
initiative-state-in-review = На проверке
initiative-state-returned = Возвращена автору
initiative-state-rejected = Отклонена
initiative-state-voting = Голосование
initiative-state-accepted = Поддержана
initiative-state-not-supported = Не набрала голосов
initiative-state-in-implementation = Выполняется
initiative-state-implemented = Выполнена
initiative-state-withdrawn = Отозвана
card-of = { $count ->
    [one] из { $count } голоса
   *[other] из { $count } голосов
}
card-ends = закончится
bar-percent = Собрано { $count } % голосов
crumbs = Где вы
somebody = Участник
save = Сохранить
cancel = Отмена

# Список.
browse-search = Поиск инициатив
browse-words = О чём
browse-state = Состояние
browse-any-state = Любое
browse-order = Порядок
browse-more = Тема, ведомство, место
browse-topic = Тема
browse-any-topic = Любая
browse-department = Ведомство
browse-any-department = Любое
browse-territory = Место
browse-any-territory = Везде
browse-button = Показать
browse-all = Все
browse-list = Список инициатив
browse-nothing = Ничего не нашлось
browse-nothing-hint = Попробуйте другие слова или уберите часть условий. А может быть, вы первый, кому это пришло в голову?
browse-reset = Показать все
browse-propose-this = Предложить это
browse-empty = Инициатив пока нет
browse-first = Предложить первую
browse-order-newest = Сначала новые
browse-order-ending-soon = Скоро закончатся
browse-order-near-threshold = Вот-вот наберут голоса
browse-order-most-votes = Больше всего голосов
browse-order-updated = Недавно изменились

# Страница.
show-author = Предлагает
show-hidden = Текст скрыт модераторами. Причина: { $reason }
show-hidden-moderator = Вы модератор, поэтому видите его.
show-follow = Следить
show-unfollow = Не следить
show-print = Напечатать
show-share = Поделиться
show-link = Ссылка на инициативу
show-copy = Скопировать
show-copied = Скопировано
show-answer = Официальный ответ
show-answer-yes = Принято к исполнению
show-answer-no = Не будет сделано
show-goal = Что изменить
show-effect = Что станет лучше
show-resources = Что для этого нужно
show-files = Документы
show-plan = План
stages = Путь инициативы
stage-review = Проверка
stage-voting = Голосование
stage-answer = Ответ ведомства
stage-implementation = Выполнение
stage-done = Пройдено:
stage-ended = Закончилось здесь:
plan-due = Срок:
plan-done = Сделано
plan-late = срок прошёл
plan-complete = Отметить, что сделано
plan-note = Что именно сделано
plan-complete-button = Сделано
plan-all-done = Все этапы пройдены. Если всё сделано, объявите об этом: те, кто следит за инициативой, узнают.
plan-result = Что получилось
plan-all-done-button = Инициатива выполнена
course-heading = Ход голосования
course-title = Сколько голосов собрано
course-people = Проголосовали

# Голос.
tally-open = Идёт голосование
tally-over = Итог голосования
tally-none = Голосования не было
tally-results = Голоса по вариантам
tally-mine = ваш выбор
tally-ends = Голосование закончится
tally-ended = Голосование закончилось
tally-in-review = Ведомство проверяет инициативу. Потом начнётся голосование.
tally-draft = Голосование начнётся, когда автор отправит инициативу и её проверят.
tally-never = До голосования не дошло.
tally-chosen = Вы проголосовали: { $chosen }
vote-choose = Выбрать вариант
vote-change = Изменить голос
vote-withdraw = Отозвать голос
vote-secret = Как вы проголосовали, видите только вы. Остальные видят общий счёт.
vote-title = Ваш голос
vote-closed = Сейчас голосовать нельзя: голосование ещё не началось или уже закончилось.
vote-to-initiative = К инициативе
vote-you-choose = Вы выбираете
vote-options = Варианты
vote-nothing = Выберите вариант, за который голосуете.
vote-rule-one = Выберите один вариант.
vote-button = Проголосовать
vote-change-button = Изменить голос
vote-until = Голос можно изменить или отозвать до
vote-once = Каждый голосует один раз; голос засчитывается сразу.
vote-not-now = Вернуться, не голосуя
flash-vote-cast = Голос принят и уже в счёте. До конца голосования его можно изменить или отозвать. Об итоге мы сообщим.
flash-vote-withdrawn = Голос отозван и больше не считается. До конца голосования можно проголосовать снова.
flash-followed = Вы следите за инициативой: мы сообщим обо всём, что с ней произойдёт.
flash-unfollowed = Вы больше не следите за инициативой.

# Обсуждение.
comments-title = Обсуждение
comments-new = Есть новые комментарии.
comments-new-show = Показать
comments-sides = Комментарии по сторонам
comments-all = Все
comments-for = За
comments-against = Против
comments-order = Порядок
comments-order-button = Упорядочить
comments-empty = Пока никто не высказался. Начните: что в этой инициативе хорошо, а чего не хватает?
comments-early = Обсуждение начнётся вместе с голосованием.
comments-say = Что вы думаете?
comments-side = Ваш комментарий
comments-hint = Пишите по делу и уважительно: комментарий увидят все.
comments-button = Отправить
comments-log-in = Войти, чтобы высказаться
comment-order-best = Сначала полезные
comment-order-newest = Сначала новые
comment-order-controversial = Сначала спорные
comment-order-oldest = Сначала старые
comment-side-for = За
comment-side-against = Против
comment-side-neutral = Вопрос или замечание
comment-text = Текст
comment-as-official = Официально, от имени ведомства или рабочей группы
comment-official = Официально
comment-permalink = ссылка на комментарий
comment-edited = изменён
comment-hidden = Скрыто модератором: { $reason }
comment-up = Полезно
comment-down = Не полезно
comment-reply = Ответить
comment-edit = Изменить
comment-title = Комментарий
comment-to-subject = К обсуждению
comment-to-parent = На что это ответ
comment-no-replies = Ответов пока нет.
comment-reply-title = Ваш ответ
comment-reply-button = Ответить
comment-edit-title = Изменить комментарий
comment-edit-hint = Прежний текст останется виден всем.
comment-edit-late = Этот комментарий уже нельзя изменить. Можно ответить на него и уточнить сказанное.
flash-comment-added = Комментарий виден всем. Если на него ответят, мы сообщим.
flash-reply-added = Ответ виден всем, и автор комментария узнает о нём.
flash-comment-edited = Комментарий изменён. Прежний текст остался в истории.
flash-comment-voted = Спасибо, ваша оценка учтена.

# Жалобы.
flag-link = Пожаловаться
flag-title = Пожаловаться модераторам
flag-back = Назад
flag-reason = Что не так
flag-reason-spam = Реклама или повторы
flag-reason-abuse = Оскорбления, угрозы
flag-reason-personal-data = Чьи-то личные данные
flag-reason-illegal = Нарушает закон
flag-reason-off-topic = Не по теме
flag-reason-other = Другое
flag-body = Пояснение
flag-hint = Кто пожаловался, знают только модераторы.
flag-choose = Выберите, что не так.
flag-button = Отправить
flash-flagged = Спасибо. Модератор посмотрит и решит, нужно ли что-то скрыть.
hide-link = Скрыть
hide-title = Скрыть от всех
hide-reason = Причина
hide-hint = Причину увидят все. Открытые жалобы на это будут закрыты.
hide-button = Скрыть
flash-hidden = Скрыто. Вместо текста все видят причину.

# Предложить.
new-title = Новая инициатива
new-title-label = Коротко: что вы предлагаете?
new-title-hint = Одной фразой, до 140 знаков. Например: «Сделать тротуар от школы до парка».
new-goal-label = Что должно измениться?
new-goal-hint = Что не так сейчас и как должно стать. Простыми словами, хотя бы пара предложений.
new-still = Моя идея другая, дальше
new-saved-hint = Черновик сохранится, его увидите только вы.
step-list = Шаги
step-1 = Идея
step-2 = Детали
step-3 = Проверка и отправка
step-next = Дальше
step-back = Назад
step-leave = Сохранить и закончить потом
similar-title = Похожие инициативы
similar-words = общее: { $words }
similar-hint = Если это о том же, голос за готовую инициативу поможет больше, чем ещё одна.
edit-title = Ваша инициатива
edit-effect = Что станет лучше?
edit-effect-hint = Для кого и насколько. Понадобится для отправки, не меньше 20 знаков.
edit-resources = Что для этого нужно?
edit-resources-hint = Деньги, люди, время, согласования — как вы их представляете. Понадобится для отправки, не меньше 20 знаков.
edit-department = Кто это может сделать
edit-department-hint = Ведомство проверит инициативу и ответит на неё. Если не уверены, выберите ближайшее.
edit-topic = Тема
edit-territory = Место
edit-choose = Не выбрано
edit-kind = Как голосуют
ballot-kind-support = Собираем подписи «поддерживаю»
ballot-kind-for-against-abstain = За, против или воздержаться
ballot-kind-single-choice = Один вариант из нескольких
ballot-kind-multiple-choice = Несколько вариантов из списка
edit-options-more = Варианты ответа — если выбирают из нескольких
edit-options = Варианты
edit-options-hint = Каждый на своей строке, от 2 до 50.
edit-min = Выбрать не меньше
edit-max = Выбрать не больше
edit-threshold = Сколько голосов нужно
edit-threshold-hint = Столько людей должны поддержать, чтобы ведомство ответило.
edit-days = Сколько дней голосуют
edit-days-hint = От 1 до 366.
edit-quorum = Сколько человек должны проголосовать
edit-quorum-hint = Если проголосует меньше, голосование не состоится. Оставьте пустым, если это неважно.
edit-files = Документы и фотографии
edit-files-hint = До 10 файлов.
edit-files-there = Уже приложены:
edit-file-done = Файл загружен
edit-file-failed = Не загрузился
edit-change = Изменить
edit-empty = Ещё не заполнено
edit-submit = Отправить на проверку
edit-later = Отправлю потом
next-title = Что будет дальше
next-review = Ведомство и модераторы проверят инициативу и опубликуют её или вернут с пояснением. Об этом придёт уведомление.
next-answer = Если голосов хватит, ведомство даст официальный ответ — его увидят все.
next-done = Если ответ «да», появится план со сроками, и каждый сможет следить за его выполнением.
next-frozen = После отправки текст нельзя менять, пока идёт проверка.
flash-draft-saved = Сохранено. Вернуться к черновику можно с вашей страницы.
flash-initiative-submitted = Инициатива отправлена на проверку. Когда её опубликуют или вернут, мы сообщим.

# Соавторы, подпись, отзыв.
todo-draft = Это черновик: его видите только вы и приглашённые соавторы.
todo-returned = Инициативу вернули с пояснением (оно в истории внизу). Поправьте и отправьте снова.
todo-edit = Продолжить
todo-submit = Проверить и отправить
todo-coauthors = Позвать соавторов
todo-sign = Автор просит вас подписать эту инициативу вместе с ним.
todo-sign-link = Прочитать и подписать
todo-review = Инициатива ждёт вашей проверки.
todo-review-link = Проверить
todo-answer = Инициатива набрала голоса и ждёт ответа вашего ведомства.
todo-answer-link = Ответить
todo-withdraw = Отозвать инициативу
coauthors-title = Соавторы
coauthors-none = Пока вы автор один. Соавторы ставят подпись до отправки на проверку.
coauthors-signed = подписано
coauthors-waiting = ждём подписи
coauthors-invite = Позвать
coauthors-links = Ссылки на страницы людей
coauthors-hint = Откройте страницу человека, скопируйте её адрес и вставьте сюда. Можно несколько, до 20.
coauthors-wrong = «{ $link }» не похоже на ссылку на страницу человека. Она заканчивается на /people/ и длинный код.
coauthors-button = Пригласить
coauthors-back = К инициативе
coauthors-late = Звать соавторов может автор, пока инициатива не отправлена на проверку.
flash-coauthors-invited = Приглашения отправлены. Подпись появится здесь, когда человек согласится.
sign-title = Подписать как соавтор
sign-hint = Ваше имя будет стоять рядом с именем автора, и его увидят все.
sign-button = Подписать
sign-not = Не подписывать
sign-late = Подписать нельзя: вас не приглашали, вы уже подписали или инициатива уже отправлена.
flash-signed = Вы соавтор. Мы сообщим, что будет с инициативой дальше.
withdraw-title = Отозвать инициативу
withdraw-hint = Голосование прекратится, и вернуть инициативу будет нельзя. Страница и история останутся видны.
withdraw-reason = Почему
withdraw-reason-hint = Причину увидят все. Если голосование уже идёт, она обязательна.
withdraw-button = Отозвать
withdraw-late = Эту инициативу уже нельзя отозвать.
flash-withdrawn = Инициатива отозвана. Те, кто за ней следил, узнают об этом.

# Проверка.
review-queue-title = Инициативы на проверке
review-queue-empty = Всё проверено
review-queue-empty-hint = Новые инициативы появятся здесь, когда авторы их отправят.
review-queue-since = отправлена
review-queue-not-yours = решают другие
review-title = Проверка инициативы
review-page = Страница инициативы
review-similar-hint = Сравните: нет ли среди них того же самого.
review-none-similar = Похожих инициатив не нашлось.
review-verdict = Решение
verdict-publish = Опубликовать: начнётся голосование
verdict-return = Вернуть автору на доработку
verdict-reject = Отклонить
review-reason = Пояснение
review-reason-hint = Его увидят все. Для возврата и отказа обязательно: что не так и что можно сделать.
review-choose = Выберите решение.
review-button = Решить
flash-review-published = Опубликовано: голосование началось, автор узнает об этом.
flash-review-returned = Возвращено автору с вашим пояснением.
flash-review-rejected = Отклонено; автор получит ваше пояснение.

# Ответ.
answer-title = Официальный ответ
answer-hint = Инициатива набрала нужные голоса. Ответ даётся один раз, и его увидят все.
answer-accepted = Будет ли это сделано?
answer-yes = Да, берёмся
answer-no = Нет
answer-body = Ответ с объяснением
answer-body-hint = Простыми словами: что решено и почему. Не меньше 20 знаков.
answer-plan = План
answer-plan-hint = Если «да», назовите хотя бы один этап и срок. Пустые строки пропускаются.
answer-step = Этап { $number }
answer-due = Срок
answer-more = Ещё этапы
answer-button = Дать ответ
answer-choose = Выберите «да» или «нет».
answer-no-day = У каждого этапа нужен срок: день, месяц и год.
flash-answered-yes = Ответ опубликован, выполнение началось. Отмечайте этапы по мере готовности.
flash-answered-no = Ответ опубликован. Авторы и все, кто следит, узнают о нём.
flash-milestone-done = Этап отмечен. Те, кто следит за инициативой, узнают об этом.
flash-implemented = Инициатива выполнена. Спасибо! Об этом узнают все, кто за ней следил.
history-title = История
history-by-count = по итогам голосования
history-version = Версия { $number }

# Числа.
browse-found = { $count ->
    [0] Ничего не найдено
    [one] Найдена { $count } инициатива
    [few] Найдено { $count } инициативы
   *[other] Найдено { $count } инициатив
}
plan-done-of = { $count ->
    [one] Сделано { $done } из { $count } этапа
   *[other] Сделано { $done } из { $count } этапов
}
tally-people = { $count ->
    [one] человек проголосовал
    [few] человека проголосовали
   *[other] человек проголосовали
}
tally-quorum = Голосование состоится, если { $count ->
    [one] проголосует хотя бы { $count } человек
    [few] проголосуют хотя бы { $count } человека
   *[other] проголосуют хотя бы { $count } человек
}.
vote-rule-many = Выберите не меньше { $min } и не больше { $max }.
comment-replies = { $count ->
    [0] Ответы
    [one] { $count } ответ
    [few] { $count } ответа
   *[other] { $count } ответов
}
comment-all-replies = { $count ->
    [one] Читать { $count } ответ
    [few] Читать { $count } ответа
   *[other] Читать { $count } ответов
}
comment-former = { $count ->
    [one] { $count } прежний текст
    [few] { $count } прежних текста
   *[other] { $count } прежних текстов
}
history-versions = { $count ->
    [one] Как менялся текст: { $count } правка
    [few] Как менялся текст: { $count } правки
   *[other] Как менялся текст: { $count } правок
}
next-voting = Голосование будет идти { $days ->
    [one] { $days } день
    [few] { $days } дня
   *[other] { $days } дней
}; нужно { $count ->
    [one] { $count } голос
    [few] { $count } голоса
   *[other] { $count } голосов
}.
review-queue-count = { $count ->
    [one] Ждёт { $count } инициатива. Сначала те, что ждут дольше.
    [few] Ждут { $count } инициативы. Сначала те, что ждут дольше.
   *[other] Ждут { $count } инициатив. Сначала те, что ждут дольше.
}
