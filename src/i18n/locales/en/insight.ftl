## What a cluster shows as a whole

cluster-summary = In short
cluster-summary-hint = Sentences of the messages themselves: together they say what most of them say.
cluster-summary-count = { $count ->
    [one] { $count } message says so
   *[other] { $count } messages say so
}
cluster-summary-source = Report
cluster-picture = The whole picture
cluster-urgency = Urgency
cluster-mood = Mood
cluster-mood-bad = Mostly displeased
cluster-mood-mixed = Calm or mixed
cluster-mood-good = Mostly thankful
cluster-territories = Where
cluster-growth-quiet = { $week ->
    [0] Nobody wrote this week.
    [one] { $week } report this week.
   *[other] { $week } reports this week.
}
cluster-growth-new = { $week ->
    [one] { $week } report this week; hardly anybody wrote about it before.
   *[other] { $week } reports this week; hardly anybody wrote about it before.
}
cluster-growth-more = More than usual: { $week } this week, { $before } a week before, on average.
cluster-growth-less = Less than usual: { $week } this week, { $before } a week before, on average.
cluster-growth-same = As usual: { $week } this week, { $before } a week before, on average.

urgency-danger = Danger to life or health
urgency-soon = Soon
urgency-ordinary = Ordinary

## The report of the model

model-title = How the machine does
model-intro = The machine chooses the group itself when it is sure enough. Here you see how often people agree with it.
model-decided = Reports decided
model-coverage = Chosen by the machine
model-precision = Right among these
model-recall = Found of its own
model-threshold = Threshold of confidence
model-curve = Precision against coverage
model-curve-hint = The lower the threshold, the more reports the machine distributes itself, and the more often it errs. The dashed line shows the present threshold.
model-curve-summary = At a threshold of { $threshold }% the machine distributes { $coverage }% of the reports itself, and { $precision }% of these reach the right group.
model-curve-none = At the present threshold the machine distributes nothing itself.
model-axis = share that the machine distributes itself
model-empty-title = Nothing to judge by yet
model-empty-body = Send reports to the right groups: the machine learns from it, and its guesses can be compared with your decisions.
model-groups = Groups
model-groups-hint = Counted at the present threshold, from the latest reports that people have decided on.
model-group = Group
model-examples = Examples
model-group-decided = Reports
model-confusion = What it takes for what
model-from = The machine chose
model-to = It should have been
model-count = How often
model-drift = Week by week
model-drift-hint = When the share of unsure answers grows and the nearness to clusters falls, people write of what the machine does not know yet.
model-weeks = Read and corrected in a week
model-read = Read
model-unsure = Unsure
model-corrections = Corrected by people
model-week = Week from
model-unsure-share = Unsure
model-similarity = Nearness to clusters
model-threshold-title = Threshold
model-threshold-body = The machine chooses the group of a report, and its topic, when it is at least { $percent }% sure. Reports without a group wait on the triage desk.
model-threshold-now = { $percent }% (now)
model-threshold-set = Set by
model-threshold-over = It holds in the place of the server's own, { $percent }%.
model-threshold-configured = It is that of the server's settings ([triage] confidence).
model-threshold-field = Threshold, %
model-threshold-hint = A whole number from 0 to 100. It holds for new reports, in the place of the server's settings.
model-threshold-button = Set the threshold
model-threshold-reset = Go back to the settings
model-threshold-wrong = Write a whole number from 0 to 100.
flash-model-threshold = The threshold is changed. It holds for new reports.
model-models = What it has learned
model-embedder = Reading texts
model-router = Choosing groups
model-filling = A new model is reading the messages; the present one serves meanwhile.
model-version = { $name }, version { $version }
model-trained = Learned
model-topics = Choosing topics
model-untrained = Not trained yet: nobody has shown it an example.

## The map of matters

map-title = The map of matters
map-intro = The nearer the circles, the nearer the matters; the larger a circle, the more reports. Colours tell the groups. The table below says the same.
map-legend = Groups by colour
map-table = Matters on the map
map-matter = Matter
map-empty-title = The map is empty yet
map-empty-body = A matter appears here when at least two people write about it. The map is drawn anew each night.
map-open = The map of matters

## Why a report lies here

why-title = Why it is here
why-words = Shared with the cluster
why-nearest = Nearest reports of the cluster
why-guess = The machine's guess
why-guess-group = { $group }, { $percent }% sure
why-for = Speaks for the group
why-topic = Speaks for the topic
why-against = Speaks against it
why-urgency = Urgency
why-nothing = The machine cannot say anything about this report: it has too few words, or nobody has taught the machine yet.

urgency-rule-gas = a smell or leak of gas
urgency-rule-live-wire = a live wire
urgency-rule-fire = fire or smoke
urgency-rule-collapse = something falls or may fall
urgency-rule-open-manhole = an open manhole or pit
urgency-rule-hurt = people are hurt
urgency-rule-trapped = people are trapped
urgency-rule-violence = an attack or a weapon
urgency-rule-flood = water floods
urgency-rule-without-supply = no heat, water, gas or light
urgency-rule-ice = ice or snow endangers people
urgency-rule-animals = animals attack
urgency-rule-asked = the writer asks for haste

## Bursts

alarm-title = People write far more than usual
alarm-body = Reports in a day: { $count }, where { $expected } were to be expected. Noticed
alarm-queue = Bursts
