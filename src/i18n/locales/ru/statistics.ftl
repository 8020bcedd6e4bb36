# Графики.
chart-empty = Пока нечего показать: здесь появится график, как только наберутся первые числа.
chart-table = Числа таблицей
chart-when = Когда
chart-name = Что
chart-number = Сколько
chart-csv = Скачать числа (CSV)
chart-day = { $day }.{ $month }.{ $year }
chart-moment = { $day }.{ $month } { $hour }:{ $minute }
chart-summary = { $name }: сначала { $first }, в конце { $last }, больше всего { $most } ({ $day }).
chart-bars-summary = Больше всего: { $name } — { $count } из { $total }.
chart-limit = Нужно { $count }.
