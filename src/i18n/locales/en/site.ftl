# The frame of the pages, forms, dates, the first page.
site-description = Propose, vote, discuss, report problems — and see what became of it.
site-skip = To the content of the page
site-nav = Sections
site-desk = Your desk
site-menu = Menu
site-search = Search
site-initiatives = Initiatives
site-tickets = Reports
site-report = Report a problem
site-statistics = Statistics
site-help = Help
site-help-votes = How votes are counted
site-departments = Departments
site-services = City services
site-api = For developers
site-feed = Feed
site-display = Language and display
site-notifications = Notifications
site-me = My page
site-log-in = Log in
site-queue = Queue
site-model = Machine
site-clusters = Matters
site-review = Review
site-moderation = Flags
site-admin = Administration
site-to-home = To the first page
site-unconfirmed = Confirm your e-mail address to propose, vote and discuss.
site-unconfirmed-more = Send the mail again

pager-label = Pages of the list
pager-back = Previous page
pager-on = Next page

form-optional = optional
form-errors = { $count ->
    [one] Please put one thing right
   *[other] Please put { $count } things right
}
form-number = A whole number belongs here, such as 100.

again-title = Please look and send it once more
again-body = What you wrote is safe. The page was open for long or you logged in anew, so the form has to be sent once more.
again-send = Send

web-foreign-title = This form did not come from a page of ours
web-foreign-body = Nothing was done. Please open the page here and try again.

date-day = { $day } { $month } { $year }
date-time = { $day }, { $time }
date-month-1 = January
date-month-2 = February
date-month-3 = March
date-month-4 = April
date-month-5 = May
date-month-6 = June
date-month-7 = July
date-month-8 = August
date-month-9 = September
date-month-10 = October
date-month-11 = November
date-month-12 = December
ago-now = just now
ago-minutes = { $count ->
    [one] { $count } minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] { $count } hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] { $count } day ago
   *[other] { $count } days ago
}
in-now = any moment
in-minutes = { $count ->
    [one] in { $count } minute
   *[other] in { $count } minutes
}
in-hours = { $count ->
    [one] in { $count } hour
   *[other] in { $count } hours
}
in-days = { $count ->
    [one] in { $count } day
   *[other] in { $count } days
}
size-bytes = { $count } B
size-kilobytes = { $count } kB
size-megabytes = { $count } MB

home-propose = Propose
home-report = Report a problem
home-all = All
home-deciding = Being decided now
home-near = Close to enough votes
home-answered = Answered
home-changes = What changed
home-empty-title = It is quiet here
home-empty-body = Propose the first thing worth changing, and people can support it.

display-title = Language and display
display-body = These settings are kept in this browser and work at once.
display-language = Language
display-language-auto = As in the account or the browser
display-own-name = English
display-theme = Colours
display-theme-auto = As on the device
display-theme-light = Light
display-theme-dark = Dark
display-text = Size of text
display-text-auto = Usual
display-text-large = Large
display-contrast = Contrast
display-contrast-auto = As on the device
display-contrast-more = High
display-zone = Time zone
display-zone-auto = As in the browser
display-save = Save
flash-display-saved = Saved: this is how all pages look now.

field-label-name = Name
field-label-email = E-mail
field-label-password = Password
field-hint-password = At least 10 characters. A few words in a row are easiest.

change-published = Voting is open
change-accepted = Enough votes
change-not-supported = Not enough votes
change-answered = The official answer is there
change-in-implementation = Work has begun
change-milestone-done = A step was done
change-implemented = Done
