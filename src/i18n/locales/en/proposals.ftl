# Proposed changes of clusters, and the sections that clusters stand in.
proposal-list-title = Proposed changes
proposal-list-body = Each night the machine sorts the newer reports anew. What it would merge, split or move stands here; nothing changes until you accept it.
proposal-link = Proposed changes
proposal-of-cluster = { $count ->
    [one] There is { $count } proposed change of this cluster.
   *[other] There are { $count } proposed changes of this cluster.
}
proposal-look = Look and decide
proposal-state = State
proposal-state-open = Waiting
proposal-state-accepted = Accepted
proposal-state-refused = Refused
proposal-state-outdated = Out of date
proposal-only-cluster = Only those of one cluster are shown.
proposal-show-all = Show all
proposal-count = { $count ->
    [one] { $count } proposal
   *[other] { $count } proposals
}
proposal-empty-title = Nothing is proposed
proposal-empty-body = The clusters are as the machine would make them. It looks again at night, or when you ask it to.
proposal-empty-decided = Nothing here yet.
proposal-kind-merge = Merge
proposal-kind-split = Split
proposal-kind-move = Move
proposal-title-merge = Merge { $count ->
    [one] a cluster
   *[other] { $count } clusters
} into “{ $name }”
proposal-title-split = Take { $count ->
    [one] { $count } report
   *[other] { $count } reports
} out of “{ $name }”
proposal-title-move = Move { $count ->
    [one] { $count } report
   *[other] { $count } reports
} to “{ $name }”
proposal-why-merge = When all are sorted anew, they stand together. They are { $percent }% alike.
proposal-why-split = When all are sorted anew, these stand apart from the rest. Both parts are { $percent }% alike.
proposal-why-move = When all are sorted anew, these stand with the others there. They are { $percent }% like those, and { $now }% like those where they are now.
proposal-shared = Words of both
proposal-only-here = Only here
proposal-stays-merge = Stays
proposal-stays-split = Stays in the cluster
proposal-stays-move = The cluster they would go to
proposal-moves-merge = Becomes part of it
proposal-moves-split = Becomes a cluster of its own
proposal-moves-move = Would move
proposal-from = Now in
proposal-more = { $count ->
    [one] and { $count } more
   *[other] and { $count } more
}
proposal-side-size = { $count ->
    [one] { $count } report
   *[other] { $count } reports
}
proposal-examples = Typical messages
proposal-no-examples = These reports are no longer there.
proposal-accept-merge = Merge
proposal-accept-split = Split
proposal-accept-move = Move
proposal-refuse = Refuse…
proposal-reason = Why
proposal-reason-hint = May stay empty. Other experts read it. The same comes again only when it has grown by half.
proposal-refuse-button = Refuse
proposal-because = Reason:
regrouping-title = Look at all clusters
regrouping-none = It has not been done yet.
regrouping-start = Look now
regrouping-refresh = Refresh
regrouping-state-waiting = It waits for its turn.
regrouping-state-reading = The reports are being read.
regrouping-state-grouping = The reports are being sorted anew: { $count }.
regrouping-state-comparing = The outcome is being compared with the clusters there are.
regrouping-state-done = Reports looked at: { $count }. New proposals: { $proposed }. Out of date: { $outdated }.
regrouping-state-failed = The last look broke off. It will be tried again.
flash-proposal-accepted = Done. The names of the clusters will follow soon.
flash-proposal-refused = Refused. Everything stays as it is.
flash-regrouping-started = The look has begun. It goes on in the background; you will be told here when it is over.

theme-list-title = Sections
theme-list-body = What people write about, in large: clusters with something in common stand in one section. The machine puts them there each night.
theme-link = By sections
theme-empty-title = No sections yet
theme-empty-body = They appear after the first night with a few clusters that are alike.
theme-unnamed = No name yet
theme-clusters = { $count ->
    [one] { $count } cluster
   *[other] { $count } clusters
}
theme-tickets = { $count ->
    [one] { $count } report
   *[other] { $count } reports
}
theme-all = All clusters of the section
theme-only = Section:
theme-any = All sections
