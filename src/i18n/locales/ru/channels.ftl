# Каналы: свои адреса, откуда пришло сообщение и дошёл ли ответ, боты.
settings-channels = Каналы
channels-body = Пишите нам там, где удобно: ответ придёт туда же.
channels-alerts = О чём и куда сообщать
channels-none-title = Telegram пока не привязан
channels-none-body = Привяжите его, чтобы писать, голосовать и получать ответы прямо в чате. Это займёт минуту.
channels-linked = Ваши адреса
channels-since = привязан
channels-remove = Отвязать
channels-remove-hint = Если отвязать, прежние обращения останутся вашими, а новые сообщения оттуда уже не будут от вашего имени.
flash-contact-removed = Готово, адрес отвязан.
channels-link-make = Привязать Telegram
channels-link-another = Привязать ещё один Telegram
channels-link-title = Осталось открыть Telegram
channels-link-until = Действует до
channels-link-once = Сработает один раз.
channels-link-open = Открыть Telegram
channels-link-start = Там нажмите «Запустить» («Start»): бот поймёт, что это вы.
channels-link-phone = Telegram в телефоне?
channels-link-phone-hint = Наведите камеру телефона на картинку.
channels-qr = QR-код со ссылкой на бота. Та же ссылка — кнопка «Открыть Telegram».
channels-link-hand = Или напишите боту сами
channels-link-send-to = Отправьте боту { $bot } сообщение
channels-link-send = Отправьте боту сообщение
channels-link-no-bot = Бот сейчас не на связи, поэтому ссылки нет. Это не страшно: попробуйте немного позже. А если вы уже знаете бота, отправьте ему код, когда он ответит.
channels-link-secret = Никому не показывайте ссылку и код: кто их откроет, сможет действовать от вашего имени.
channels-link-done = Готово, показать мои адреса
channels-telegram-may = Что можно в Telegram
channels-may-write = Сообщать о проблемах от своего имени и отвечать специалистам.
channels-may-read = Видеть свои обращения и что с ними стало.
channels-may-vote = Читать инициативы и голосовать.
channels-may-hear = Получать уведомления о том, что вы выбрали.
channels-may-not = Сменить пароль, почту или имя оттуда нельзя: это можно только здесь, на сайте.
channels-mail = Электронная почта
channels-mail-body = Письма нам с этого адреса становятся вашими обращениями, а ответ приходит в ту же переписку. На ответ можно просто ответить.
channels-mail-inbox = Куда писать:
channels-mail-unconfirmed = адрес ещё не подтверждён, поэтому письма с него пока не считаются вашими.
channels-mail-confirm = Подтвердить
channels-mail-none = У учётной записи нет почты.
alerts-unlinked = Telegram пока не привязан, и туда ничего не приходит.
alerts-link = Привязать

message-edited = исправлено автором
message-quotation = Цитата из прежней переписки
message-flag-sender-unverified = Почта не подтвердила, что письмо отправлено с этого адреса. Не сообщайте личного, пока не уверены, кто пишет.
message-flag-forged-token = Код обращения в письме неверен: возможно, кто-то пробовал попасть в чужую переписку. Мы ему не поверили.
message-flag-hidden-characters = В тексте были невидимые знаки, которые могут подменять смысл. Мы их убрали.
message-flag-no-words = В сообщении нет слов.
message-flag-truncated = Сообщение очень длинное и здесь обрезано. Целиком оно в файле message.txt.
message-quarantined = В файле нашли вирус, поэтому открыть его нельзя.
message-pending = Файл проверяют на вирусы. Обновите страницу через минуту.
message-refused-file = Файл «{ $name }» не принят:
message-refused-executable = это программа, такие файлы опасны.
message-refused-too-large = он слишком большой.
message-refused-too-many = файлов слишком много.
message-refused-empty = он пустой.
message-refused-infected = в нём нашли вирус.
delivery-by-in-app = На сайте
delivery-by-email = Письмо
delivery-by-telegram = Telegram
delivery-of-reply = Автоматический ответ автору.
delivery-sent-in-app = Уведомление показано на сайте
delivery-sent-email = Отправлено письмом
delivery-sent-telegram = Отправлено в Telegram
delivery-waiting-in-app = Уведомление на сайте вот-вот появится
delivery-waiting-email = Письмо ждёт отправки
delivery-waiting-telegram = Ждёт отправки в Telegram
delivery-failed-in-app = Показать уведомление на сайте не получилось, но всё уже здесь.
delivery-failed-email = Письмо не дошло: проверьте, верен ли адрес и не полон ли ящик. Всё, что мы пишем, есть и здесь.
delivery-failed-telegram = Сообщение в Telegram не дошло: возможно, вы остановили бота. Всё, что мы пишем, есть и здесь.
delivery-failed-why = Не доставлено ({ $channel }): { $error }
delivery-delayed-why = Пока не дошло ({ $channel }), попытки продолжаются: { $error }
delivery-why-no-address = адреса больше нет
delivery-why-no-reason = причина не названа
delivery-why-no-bot = бот не сообщил, что стало с сообщением
delivery-why-waited = слишком долго ждало отправки
delivery-why-forgotten = человек попросил забыть его данные
delivery-why-bad-address = такого адреса не бывает
delivery-why-unreachable = до почтового сервера не достучаться
delivery-why-busy = почтовый сервер пока не берёт письмо, код { $code }
delivery-why-refused = почтовый сервер отказался принять письмо, код { $code }

admin-channels = Каналы
admin-channels-about = Почта и Telegram: как идут дела, что не дошло и что не прочиталось.
admin-channels-intro = Боты приносят сообщения из почты и Telegram и относят ответы. Здесь видно, всё ли у них получается.
admin-channels-bots = Боты
admin-channels-failed = Не доставлено
admin-channels-unreadable = Не прочитано
admin-channels-waiting = Ждут отправки
admin-channels-none-title = Ботов пока нет
admin-channels-none-body = Подключите почтовый ящик или бота в Telegram, и сообщения жителей будут приходить оттуда сами. Как это сделать, написано ниже.
admin-channel = Канал
admin-channel-state-well = Работает
admin-channel-state-failing = Не получается
admin-channel-state-silent = Молчит
admin-channel-do = Что делать:
admin-channel-advice-silent = бот не подаёт знака больше пяти минут. Проверьте, запущен ли он и доступен ли ему сервер.
admin-channel-advice-email = проверьте адрес почтового сервера, имя и пароль ящика в настройках.
admin-channel-advice-telegram = проверьте ключ бота в настройках и связь с Telegram.
admin-channel-heard = Был на связи
admin-channel-received = Принято
admin-channel-ignored = От машин
admin-channel-since = Подключён
channel-settings = Как настроено
channel-settings-about = Настройки меняют в файле настроек сервера и перезапускают его; здесь видно, что действует сейчас.
channel-setting-secret = задан
channel-setting-email-mailboxes = Почтовый ящик, который читает бот
channel-setting-email-mailboxes-off = нет: обращения по почте из ящика не приходят
channel-setting-email-lmtp-listen = Приём от почтового сервера по LMTP
channel-setting-email-lmtp-listen-off = нет
channel-setting-email-authserv-id = Чьей проверке отправителя верим
channel-setting-email-authserv-id-off = ничьей: отправитель письма никогда не считается подтверждённым
channel-setting-mail-smtp-url = Через какой сервер уходят письма
channel-setting-mail-smtp-url-off = ни через какой: письма складываются в папку data/outbox
channel-setting-mail-from = От кого уходят письма
channel-setting-mail-from-off = не указано
channel-setting-mail-reply-to = Куда отвечать на письма
channel-setting-mail-reply-to-off = не указано: ответ попадёт в своё обращение, только если почтовая программа сохранит ссылки на прежние письма
channel-setting-mail-bounces = Куда возвращаются недоставленные письма
channel-setting-mail-bounces-off = отправителю: о недоставленном сервис не узнает
channel-setting-mail-dkim-domain = Подпись писем (DKIM) за домен
channel-setting-mail-dkim-domain-off = нет: письма подписывает только почтовый сервер, если умеет
channel-setting-telegram-token = Ключ бота в Telegram
channel-setting-telegram-token-off = нет: бот не работает
channel-setting-attachments-clamd = Проверка файлов на вирусы
channel-setting-attachments-clamd-off = нет: отклоняются только программы и файлы с макросами
admin-channels-how = Как подключить почту и Telegram
admin-channels-how-mail = Почтовый ящик
admin-channels-how-mail-1 = Заведите ящик, который читает только бот, и разрешите к нему доступ по IMAP.
admin-channels-how-mail-2 = Впишите сервер, имя и пароль ящика в файл настроек, в раздел [[email.mailboxes]], а адрес — ещё и в mail.reply_to.
admin-channels-how-mail-3 = Перезапустите сервис: бот запустится вместе с ним и появится на этой странице.
admin-channels-how-telegram = Бот в Telegram
admin-channels-how-telegram-1 = Создайте бота у @BotFather и скопируйте его ключ.
admin-channels-how-telegram-2 = Впишите ключ в файл настроек: telegram.token.
admin-channels-how-telegram-3 = Перезапустите сервис: бот запустится вместе с ним и появится на этой странице.
admin-channels-how-more = Подробнее — в руководстве, разделы «Mail that comes in» и «A Telegram bot»:
admin-failed-intro = Эти уведомления не дошли. Их получатели видят ответ на сайте.
admin-failed-none-title = Всё доставлено
admin-failed-none-body = Если что-то не дойдёт, причина будет здесь.
admin-failed-what = Что
admin-failed-about = О чём
admin-failed-subject = открыть
admin-failed-why = Почему
admin-failed-when = Когда
admin-failed-retry = Отправить отмеченные снова
admin-failed-retry-all = Отправить снова все на этой странице
admin-none-ticked = Отметьте хотя бы одну строку.
flash-deliveries-retried = Отправляем снова. Что не дойдёт, опять появится здесь.
admin-unreadable-intro = Эти сообщения программа не смогла прочитать. Посмотрите их сами: за каждым может стоять человек, который ждёт ответа.
admin-unreadable-all = Показать и просмотренные
admin-unreadable-fresh = Только новые
admin-unreadable-none-title = Всё прочитано
admin-unreadable-none-body = Если сообщение не удастся прочитать, оно сохранится и появится здесь.
admin-unreadable-when = Пришло
admin-unreadable-raw = Как пришло
admin-unreadable-download = Скачать
admin-unreadable-seen = просмотрено
admin-unreadable-careful = Открывайте скачанное осторожно, в простом редакторе: внутри может быть что угодно.
admin-unreadable-mark = Отмеченные просмотрены
admin-unreadable-mark-all = Все на этой странице просмотрены
flash-unreadable-seen = Отмечено как просмотренное.
admin-bots-note = { $count ->
    [one] Один бот не справляется.
    [few] { $count } бота не справляются.
   *[other] { $count } ботов не справляются.
}
admin-bots-look = Посмотреть, что с ними
admin-undelivered-note = { $count ->
    [one] Одно уведомление не дошло.
    [few] { $count } уведомления не дошли.
   *[other] { $count } уведомлений не дошли.
}
admin-undelivered-look = Посмотреть и отправить снова
admin-unreadable-note = { $count ->
    [one] Одно сообщение не удалось прочитать.
    [few] { $count } сообщения не удалось прочитать.
   *[other] { $count } сообщений не удалось прочитать.
}
admin-unreadable-look = Посмотреть

feedback-only-files = (Без слов. Файлы: { $files }{ $more ->
        [0] {""}
       *[other] {" "}и ещё { $more }
    }.)
