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

# Statistics.
statistics-title = Statistics
statistics-intro = How many people write, vote and discuss, and how quickly they are answered. The numbers are counted from the records themselves, nothing is rounded.
statistics-note = Private reports count here but are not shown. The API gives the same numbers.
statistics-period = Over what time
statistics-period-month = 30 days
statistics-period-quarter = 90 days
statistics-period-year = A year
statistics-period-all = All the time
statistics-charts = Charts
statistics-tickets = Reports
statistics-answers = Answers
statistics-answered = Answered
statistics-overdue = Answer is overdue
statistics-median = Usually answered within
statistics-rating = Average rating of answers, of 5
statistics-percent = { $count } %
statistics-point = .
statistics-clusters = Matters that several people wrote about
statistics-initiatives = Initiatives
statistics-ballots = Ballots
statistics-comments = Comments
statistics-participants = New participants
statistics-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
statistics-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
statistics-week = Week from
statistics-of-messages = Reports and answers by week
statistics-of-ballots = Ballots by week
statistics-of-proposals = Initiatives and comments by week
statistics-of-participants = New participants by week
statistics-of-initiative-states = Initiatives: where they stand
statistics-of-message-states = Reports: where they stand
statistics-of-channels = Where reports come from
statistics-of-groups = Reports by working group
statistics-of-topics = Reports by topic
statistics-of-territories = Reports by district
statistics-ticket-state-new = Not read yet
statistics-ticket-state-triaged = With the experts
statistics-ticket-state-in-progress = Being worked on
statistics-ticket-state-answered = Answered
statistics-ticket-state-closed = Closed
statistics-ticket-state-merged = Merged with others
statistics-ticket-state-rejected = Declined with a reason
statistics-ticket-state-reopened = Opened again
statistics-channel-web = Website
statistics-channel-email = E-mail
statistics-channel-telegram = Telegram
statistics-channel-phone = Telephone
statistics-channel-api = Other programs

# Departments.
departments-title = Departments
departments-crumbs = The way to this page
departments-intro = Who answers initiatives and does what people decided, and how well they do it.
departments-empty-title = No departments yet
departments-empty-body = Once they are added, this page shows who answers initiatives and how quickly.
departments-empty-add = Add a department
department-open = Initiatives at work
department-answered = Answers given
department-on-time = Answered in time
department-usually = Usually answered within
department-figures-note = Official answers to initiatives that won their vote are counted.
department-follow = Follow this department
department-unfollow = Stop following
department-propose = Propose an initiative
department-settings = Settings
department-officers = Who answers for it
department-officers-none = Nobody has been named yet.
department-initiatives = Initiatives
department-all = All
department-none-title = Nothing here yet
department-none-body = Make the first proposal: what should this department change?
flash-department-followed = Done: we will tell you when the department answers or something changes.
flash-department-unfollowed = Done: no more notifications about this department.
