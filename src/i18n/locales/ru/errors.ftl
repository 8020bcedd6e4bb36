## Отказы. Ключ с именем поля на конце точнее общего; `-general` — когда ни одно поле не виновато.

error-required = Заполните «{ $field }».
error-required-general = Заполните обязательное поле.
error-too-short =
    «{ $field }»: слишком коротко. Нужно не меньше { $min ->
        [one] { $min } знака
       *[other] { $min } знаков
    }, сейчас { $actual }.
error-too-short-general = Текст слишком короткий, напишите подробнее.
error-too-long =
    «{ $field }»: слишком длинно. Можно не больше { $max ->
        [one] { $max } знака
       *[other] { $max } знаков
    }, сейчас { $actual }.
error-too-long-general = Текст слишком длинный, сократите его.
error-too-long-file = Файл слишком большой. Можно не больше { $max } байт, в этом { $actual }.
error-wrong-count =
    «{ $field }»: { $max ->
        [0] здесь ничего указывать не нужно, оставьте список пустым.
       *[other] можно указать от { $min } до { $max }, исправьте количество.
    }
error-wrong-count-general = Указано слишком мало или слишком много, исправьте количество.
error-wrong-count-words = Нужно от { $min } до { $max } разных слов или выражений; формы одного слова считаются за одно.
error-wrong-count-passages = Отметьте или впишите, что скрыть: от { $min } до { $max } частей за один раз.
error-wrong-count-initiativeId =
    У вас уже { $max ->
        [one] { $max } инициатива
        [few] { $max } инициативы
       *[other] { $max } инициатив
    } на рассмотрении или голосовании, это предел. Дождитесь, пока решится судьба одной из них, или отзовите её.
error-invalid-characters = «{ $field }»: в тексте есть недопустимые знаки (управляющие или меняющие направление письма). Уберите их.
error-invalid-characters-general = В тексте есть недопустимые знаки (управляющие или меняющие направление письма). Уберите их.
error-invalid-format = «{ $field }»: не получается разобрать. Напишите по образцу: { $example }.
error-invalid-format-general = Не получается разобрать значение. Проверьте, как оно записано.
error-invalid-format-words = «{ $word }» не подходит. Нужно одно слово или выражение из двух-трёх слов, без слов вроде «на» или «дом»: их поиск не замечает.
error-out-of-range = «{ $field }»: укажите значение от { $min } до { $max }.
error-out-of-range-general = Значение вне допустимых пределов, исправьте его.
error-out-of-range-parentId = Ветка обсуждения слишком длинная: в ней не больше { $max } уровней. Ответьте на комментарий повыше.
error-invalid-id = «{ $field }»: это не подходящий идентификатор. Нужен идентификатор вида { $example }, полученный от сервиса.
error-invalid-id-general = Это не подходящий идентификатор. Возьмите тот, что получен от сервиса.
error-not-found = «{ $field }»: ничего не найдено. Проверьте, верно ли указано; возможно, это удалено или скрыто от вас.
error-not-found-articleId = Такого сообщения жителя нет. В ответах и заметках скрывать нечего. Обновите страницу и выберите сообщение жителя.
error-not-found-passages = Части № { $place } в сообщении нет. Скопируйте её оттуда буква в букву.
error-not-found-general = Ничего не найдено. Проверьте адрес; возможно, это удалено или скрыто от вас.
error-wrong-state = «{ $field }»: сейчас этого сделать нельзя. Состояние: { state-name }. Обновите страницу и посмотрите, что возможно.
error-wrong-state-articleId = В этом сообщении ничего не скрыто. Обновите страницу и посмотрите, как оно выглядит теперь.
error-wrong-state-general = Сейчас этого сделать нельзя. Обновите страницу и посмотрите, что возможно.
error-already-exists = «{ $field }»: такое уже есть. Укажите другое или пользуйтесь тем, что есть.
error-already-exists-general = Такое уже есть, второй раз не нужно.
error-already-exists-words = «{ $word }» уже есть в другой группе: { $group }. Добавьте слова туда или уберите его оттуда.
error-not-allowed = «{ $field }»: на это у вас нет прав. Выберите другое или обратитесь к администратору.
error-not-allowed-general = На это у вас нет прав. Обратитесь к администратору.
error-wrong-credentials = Почта или пароль не подходят. Проверьте «{ $field }» и почту и попробуйте ещё раз.
error-wrong-credentials-general = Почта или пароль не подходят. Проверьте их и попробуйте ещё раз.
error-wrong-credentials-current = Нынешний пароль не подходит. Проверьте его и попробуйте ещё раз.
error-not-confirmed = «{ $field }»: адрес ещё не подтверждён. Откройте ссылку из письма, которое мы вам отправили.
error-not-confirmed-general = Адрес вашей почты ещё не подтверждён. Откройте ссылку из письма, которое мы вам отправили.
error-invalid-token = «{ $field }»: ссылка или ключ не подходит — использован, устарел или скопирован не полностью. Запросите новый.
error-invalid-token-general = Ссылка или ключ не подходит: использован, устарел или скопирован не полностью. Запросите новый.
error-voting-closed = «{ $field }»: голосование не идёт, голос изменить нельзя. Посмотрите сроки на странице инициативы.
error-voting-closed-general = Голосование не идёт, голос изменить нельзя. Посмотрите сроки на странице инициативы.
error-invalid-choice = «{ $field }»: такой выбор не подходит к этому голосованию. Выберите из предложенных вариантов, каждый не больше одного раза.
error-invalid-choice-general = Такой выбор не подходит к этому голосованию. Выберите из предложенных вариантов.
error-too-late = «{ $field }»: время для этого изменения прошло. Если нужно, напишите заново или дополните.
error-too-late-general = Время для этого изменения прошло. Если нужно, напишите заново или дополните.
error-conflict = «{ $field }»: за это время всё изменилось. Обновите страницу и посмотрите ещё раз.
error-conflict-general = За это время всё изменилось. Обновите страницу и посмотрите ещё раз.
error-conflict-proposalId = Темы изменились с тех пор, как это было предложено, поэтому сделать так уже нельзя. Ничего не изменено. Следующая проверка тем — ночью или когда вы её начнёте — покажет, что верно теперь.
error-invalid-code = Код не подошёл: он уже использован или скопирован не целиком. Получите новый на своей странице.
error-invalid-code-general = Код не подошёл: он уже использован или скопирован не целиком. Получите новый на своей странице.
error-expired = Код устарел: он действует 15 минут. Получите новый на своей странице.
error-expired-general = Код устарел: он действует 15 минут. Получите новый на своей странице.
error-dangerous-file = Файл «{ $name }» — программа или содержит макросы; такие файлы могут навредить тому, кто их откроет. Пришлите его в другом виде, например PDF или снимком.
error-dangerous-file-general = Файл — программа или содержит макросы; такие файлы могут навредить тому, кто их откроет. Пришлите его в другом виде, например PDF или снимком.
error-not-found-scan = Файл проверяется на вредоносные программы. Попробуйте через минуту.

# Состояния инициатив и обращений.
state-name =
    { $state ->
        [DRAFT] черновик
        [IN_REVIEW] на рассмотрении
        [RETURNED] на доработке
        [REJECTED] отклонено
        [VOTING] идёт голосование
        [ACCEPTED] поддержано
        [NOT_SUPPORTED] не поддержано
        [IN_IMPLEMENTATION] выполняется
        [IMPLEMENTED] выполнено
        [WITHDRAWN] отозвано
        [NEW] новое
        [TRIAGED] распределено
        [IN_PROGRESS] в работе
        [ANSWERED] дан ответ
        [CLOSED] закрыто
        [MERGED] объединено с другим
        [REOPENED] открыто снова
        [OPEN] открыто
        [DECIDED] принято решение
        [HIDDEN] скрыто модератором
       *[other] другое
    }

## Отказы всему запросу

request-unauthenticated = Войдите, чтобы продолжить.
request-forbidden = На это у вас нет прав.
request-rate-limited =
    Слишком много запросов. Попробуйте снова через { $seconds ->
        [one] { $seconds } секунду
        [few] { $seconds } секунды
       *[other] { $seconds } секунд
    }.
request-internal = Что-то сломалось у нас. Попробуйте позже; если не поможет, сообщите нам код { $reference }.
request-too-complex = Запрос слишком большой. Запросите меньше полей, записей на странице или уровней вложенности.
request-bad-request = Запрос не удалось понять: { $detail }
request-validation-unknown-field = Поля «{ $path }» здесь нет. { $detail }
request-validation-unknown-argument = Аргумента «{ $path }» здесь нет. { $detail }
request-validation-missing-argument = Не хватает обязательного «{ $path }». Добавьте { $expected }.
request-validation-wrong-type = Значение «{ $path }» не подходит. Укажите { $expected }.
request-validation-unknown-enum-value = Значение «{ $path }» не из списка. Возможные значения: { $expected }.
request-validation-syntax = Запрос написан с ошибкой: { $detail }
request-validation-missing-variable = Не передана переменная «{ $path }». Добавьте её к запросу: { $expected }.
request-validation-other = Запрос составлен неверно: { $detail }
request-validation-known = Есть такие: { $names }.
type-int = целое число от { $min } до { $max }
type-float = число
type-string = текст в кавычках
type-boolean = true или false
type-id = идентификатор, полученный от сервиса
type-date = дату вида 2026-03-25
type-time = время вида 2026-03-25T10:15:00Z
type-enum = одно из значений { $names }
type-list = список, в каждом месте которого { $of }
type-object = объект { $type }

## Поля

field-title = Название
field-goal = Цель
field-effect = Ожидаемый результат
field-resources = Нужные ресурсы
field-body = Текст
field-reason = Причина
field-name = Имя
field-current = Нынешний пароль
field-email = Электронная почта
field-password = Пароль
field-bio = О себе
field-locale = Язык
field-token = Ключ из ссылки
field-scopes = Права ключа
field-token-id = Ключ доступа
field-service-account-id = Служебная учётная запись
field-account = Учётная запись
field-participant-id = Участник
field-participant-ids = Участники
field-roles = Роли
field-words = Слова
field-synonyms-id = Группа слов
field-role = Роль
field-member = Состоит в списке
field-initiative-id = Инициатива
field-department-id = Департамент
field-service-id = Услуга
field-url = Адрес в интернете
field-territory-id = Территория
field-topic-id = Тема
field-ballot-kind = Вид голосования
field-options = Варианты ответа
field-min-choices = Наименьшее число вариантов
field-max-choices = Наибольшее число вариантов
field-threshold = Порог
field-quorum = Кворум
field-voting-days = Дней голосования
field-attachment-ids = Файлы
field-attachments = Файлы
field-choices = Выбор
field-verdict = Решение
field-accepted = Принято к исполнению
field-milestones = Этапы
field-milestone-id = Этап
field-due-on = Срок
field-note = Примечание
field-comment-id = Комментарий
field-parent-id = Комментарий, на который вы отвечаете
field-side = Сторона
field-official = Официальный комментарий
field-value = Оценка
field-subject-id = Предмет
field-flag-id = Жалоба
field-ticket-id = Обращение
field-ticket-ids = Обращения
field-cluster-id = Группа похожих обращений
field-cluster-ids = Группы похожих обращений
field-group-id = Рабочая группа
field-assignee-id = Исполнитель
field-number = Номер обращения
field-subject = Тема сообщения
field-text = Текст
field-sender = Отправитель
field-address = Адрес
field-channel = Канал
field-external-id = Номер сообщения в канале
field-conversation = Беседа
field-contact-id = Адрес в канале
field-code = Одноразовый код
field-references = Предыдущие сообщения переписки
field-reply-token = Метка адреса для ответа
field-quotation = Цитата
field-edits = Изменённое сообщение
field-detail = Подробности
field-received = Принято сообщений
field-ignored = Пропущено сообщений
field-public = Виден всем
field-language = Язык сообщения
field-label = Подпись
field-state = Состояние
field-states = Состояния
field-rating = Оценка ответа
field-comment = Пояснение
field-feasibility = Выполнимость
field-cost-low = Стоимость, не меньше
field-cost-high = Стоимость, не больше
field-currency = Валюта
field-opinion = Мнение
field-kind = Вид
field-enabled = Включено
field-key = Краткое обозначение
field-name-ru = Название по-русски
field-name-en = Название по-английски
field-description-ru = Описание по-русски
field-description-en = Описание по-английски
field-query = Что искать
field-filter = Отбор
field-order = Порядок
field-action = Действие
field-first = Сколько с начала
field-after = После какой записи
field-last = Сколько с конца
field-before = Перед какой записью
field-file = Файл
field-file-name = Имя файла
field-content = Содержимое файла
field-content-type = Вид файла
field-expires-in-days = Срок действия в днях
field-secret = Тайная часть ссылки
field-target-id = С чем объединить
field-source-ids = Что объединить
field-job-ids = Задания
field-proposal-id = Предложение
field-article-id = Сообщение
field-passages = Что скрыть
field-theme-id = Раздел
field-id = Идентификатор
field-ids = Список
field-from = С какого дня
field-to = По какой день
field-client-mutation-id = Пометка клиента

request-content-type = Отправляйте запросы с заголовком Content-Type: application/json.
request-body-too-large = Запрос слишком большой: не больше { $max } байт.
request-timeout = Запрос выполнялся дольше { $seconds } с и был остановлен. Попросите меньше за один раз.
request-use-post = Отправляйте запросы GraphQL методом POST.
request-socket-protocol = Для подписок нужен WebSocket с протоколом graphql-transport-ws.

# Пределы запроса
request-not-acceptable = Ответ бывает в виде application/json, application/graphql-response+json или text/event-stream; укажите один из них в Accept.
request-batch = Пришлите по одной операции в запросе: списки операций не принимаются.
request-fragment-cycle = Фрагмент «{ $path }» содержит сам себя. Уберите его из него самого.
request-foreign-origin = Эта страница не может пользоваться сервисом. Её адрес должен быть в списке оператора (http.cors_origins).
request-subscription-transport = Подписки работают через WebSocket или как server-sent events (Accept: text/event-stream).
request-persisted-not-found = Запрос с таким хешем неизвестен. Пришлите его один раз вместе с текстом.
request-persisted-wrong-hash = SHA-256 запроса неверен или записан не так. Пришлите 64 шестнадцатеричные цифры, версия 1.
request-too-many-sockets = Сейчас слишком много живых соединений. Закройте лишние или попробуйте через полминуты.
request-too-many-operations = Слишком много операций сразу в одном соединении: не больше { $max }. Сначала завершите часть из них.
request-limit-brackets = В запросе уровней скобок: { $actual }, а можно не больше { $max }. Уменьшите вложенность.
request-limit-tokens = В запросе слов и знаков: { $actual }, а можно не больше { $max }. Разделите его.
request-limit-json-depth = В JSON уровней: { $actual }, а можно не больше { $max }. Уменьшите вложенность.
request-limit-list = В списке «{ $path }» записей: { $actual }, а можно не больше { $max }. Пришлите его частями.
request-limit-values = В запросе значений: { $actual }, а можно не больше { $max }. Пришлите их частями.
request-limit-depth = В запросе уровней полей: { $actual }, а можно не больше { $max }. Попросите меньше за один раз.
request-limit-fields = В запросе полей вместе с фрагментами: { $actual }, а можно не больше { $max }. Разделите его.
request-limit-aliases = В запросе псевдонимов: { $actual }, а можно не больше { $max }. Разделите его.
request-limit-directives = В запросе директив: { $actual }, а можно не больше { $max }. Уберите часть из них.
request-limit-introspection = Запрос смотрит схему через вложенные списки: { $actual }, а можно не больше { $max }. Прочитайте schema.graphql.
request-limit-cost = Запрос стоит { $actual }, а можно не больше { $max }. Попросите меньше записей на странице или меньше полей.
request-idempotency-key = «{ $path }» — ключ от 1 до 128 видимых знаков без пробелов, без входа — не короче 16. Пришлите другой.
request-idempotency-key-reused = Ключ «{ $path }» уже был у другого запроса. Для каждого нового действия нужен новый ключ.
request-already-done = Это уже сделано, когда запрос пришёл в первый раз; ответа под рукой больше нет. Посмотрите нынешнее состояние.
request-idempotency-one-mutation = Ключ «{ $path }» относится к одному изменению. Пришлите каждое отдельным запросом.
