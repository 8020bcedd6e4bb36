## Что видно в теме целиком

cluster-summary = Коротко
cluster-summary-hint = Фразы из самих сообщений: вместе они говорят то же, что большинство.
cluster-summary-count = { $count ->
    [one] { $count } сообщение об этом
    [few] { $count } сообщения об этом
   *[other] { $count } сообщений об этом
}
cluster-summary-source = Обращение
cluster-picture = Общая картина
cluster-urgency = Срочность
cluster-mood = Настроение
cluster-mood-bad = В основном недовольны
cluster-mood-mixed = Пишут спокойно или по-разному
cluster-mood-good = В основном благодарят
cluster-territories = Где
cluster-growth-quiet = За неделю { $week ->
    [0] никто не написал.
    [one] { $week } обращение.
    [few] { $week } обращения.
   *[other] { $week } обращений.
}
cluster-growth-new = За неделю { $week ->
    [one] { $week } обращение, раньше об этом почти не писали.
    [few] { $week } обращения, раньше об этом почти не писали.
   *[other] { $week } обращений, раньше об этом почти не писали.
}
cluster-growth-more = Пишут чаще: за неделю { $week }, а раньше в среднем { $before } в неделю.
cluster-growth-less = Пишут реже: за неделю { $week }, а раньше в среднем { $before } в неделю.
cluster-growth-same = Пишут как обычно: за неделю { $week }, раньше в среднем { $before } в неделю.

urgency-danger = Опасно для жизни или здоровья
urgency-soon = Нужно поскорее
urgency-ordinary = Обычная

## Отчёт о машине

model-title = Как справляется машина
model-intro = Машина сама выбирает группу, когда достаточно уверена. Здесь видно, как часто люди с ней согласны.
model-decided = Решённых обращений
model-coverage = Машина берёт на себя
model-precision = Из них верно
model-recall = Находит своих
model-threshold = Порог уверенности
model-curve = Точность и охват
model-curve-hint = Чем ниже порог, тем больше обращений машина распределяет сама и тем чаще ошибается. Пунктир показывает нынешний порог.
model-curve-summary = При пороге { $threshold } % машина сама распределяет { $coverage } % обращений, и { $precision } % из них попадают в нужную группу.
model-curve-none = При нынешнем пороге машина ничего не распределяет сама.
model-axis = доля, которую машина распределяет сама
model-empty-title = Судить пока не о чем
model-empty-body = Передавайте обращения в нужные группы: машина учится на этом, и её догадки можно будет сравнить с вашими решениями.
model-groups = Группы
model-groups-hint = Посчитано при нынешнем пороге по последним обращениям, о которых уже решили люди.
model-group = Группа
model-examples = Примеров
model-group-decided = Обращений
model-confusion = Что с чем путает
model-from = Машина выбрала
model-to = А нужно было
model-count = Сколько раз
model-drift = По неделям
model-drift-hint = Если доля неуверенных ответов растёт, а близость к темам падает, люди пишут о том, чего машина ещё не знает.
model-weeks = Прочитано и исправлено за неделю
model-read = Прочитано
model-unsure = Не уверена
model-corrections = Исправили люди
model-week = Неделя с
model-unsure-share = Не уверена
model-similarity = Близость к темам
model-threshold-title = Порог
model-threshold-body = Группу и тему обращения машина выбирает сама при уверенности от { $percent } %. Обращения без группы ждут на общем столе.
model-threshold-now = { $percent } % (сейчас)
model-threshold-set = Установлен:
model-threshold-over = Он действует вместо порога из настроек сервера, { $percent } %.
model-threshold-configured = Порог взят из настроек сервера ([triage] confidence).
model-threshold-field = Порог, %
model-threshold-hint = Целое число от 0 до 100. Действует для новых обращений вместо порога из настроек сервера.
model-threshold-button = Установить порог
model-threshold-reset = Вернуть порог из настроек
model-threshold-wrong = Напишите целое число от 0 до 100.
flash-model-threshold = Порог изменён. Он действует для новых обращений.
model-models = Чему она научена
model-embedder = Чтение текстов
model-router = Выбор групп
model-filling = Новая модель читает сообщения; пока она не дочитала, работает прежняя.
model-version = { $name }, версия { $version }
model-trained = Училась
model-topics = Выбор тем
model-untrained = Ещё не обучен: никто не показал ей ни одного примера.

## Карта тем

map-title = Карта тем
map-intro = Чем ближе круги, тем ближе темы по смыслу; чем больше круг, тем больше обращений. Цвет показывает группу. То же самое есть в таблице ниже.
map-legend = Группы по цветам
map-table = Темы на карте
map-matter = Тема
map-empty-title = На карте пока пусто
map-empty-body = Тема появится здесь, когда об одном и том же напишут хотя бы двое. Карта обновляется каждую ночь.
map-open = Карта тем

## Почему обращение здесь

why-title = Почему оно здесь
why-words = Общее с темой
why-nearest = Ближайшие обращения темы
why-guess = Догадка машины
why-guess-group = { $group }, уверенность { $percent } %
why-for = Говорит за группу
why-topic = Говорит за тему
why-against = Говорит против
why-urgency = Срочность
why-nothing = Машина ничего не может сказать об этом обращении: в нём слишком мало слов, или она ещё не обучена.

urgency-rule-gas = запах или утечка газа
urgency-rule-live-wire = провод под напряжением
urgency-rule-fire = огонь или дым
urgency-rule-collapse = что-то падает или может упасть
urgency-rule-open-manhole = открытый люк или яма
urgency-rule-hurt = пострадали люди
urgency-rule-trapped = люди заперты
urgency-rule-violence = нападение или оружие
urgency-rule-flood = заливает водой
urgency-rule-without-supply = нет тепла, воды, газа или света
urgency-rule-ice = лёд или снег угрожает людям
urgency-rule-animals = нападают животные
urgency-rule-asked = просят поторопиться

## Всплески

alarm-title = Пишут намного чаще обычного
alarm-body = Обращений за сутки: { $count }, а можно было ожидать { $expected }. Замечено
alarm-queue = Всплески
