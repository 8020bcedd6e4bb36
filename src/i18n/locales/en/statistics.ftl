# Charts.
chart-empty = Nothing to show yet: a chart will be here as soon as there are first numbers.
chart-table = Numbers as a table
chart-when = When
chart-name = What
chart-number = How many
chart-csv = Download the numbers (CSV)
chart-day = { $year }-{ $month }-{ $day }
chart-moment = { $month }-{ $day } { $hour }:{ $minute }
chart-summary = { $name }: { $first } at first, { $last } at the end, { $most } at most ({ $day }).
chart-bars-summary = Most: { $name } — { $count } of { $total }.
chart-limit = { $count } needed.
