//! What is done and what fails, planned by a seed.

use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::proxy::Way;

macro_rules! kinds {
    ($($name:ident $weight:literal,)*) => {
        /// An operation of the API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($name,)* }

        impl Kind {
            /// All of them, with how often they are done compared with each other.
            pub const ALL: &[(Self, u32)] = &[$((Self::$name, $weight),)*];
        }
    };
}

kinds! {
    CreateInitiative 6,
    UpdateInitiative 3,
    SubmitInitiative 7,
    ReviewInitiative 7,
    WithdrawInitiative 1,
    AnswerInitiative 2,
    CastVote 14,
    WithdrawVote 3,
    AddComment 7,
    EditComment 3,
    VoteOnComment 5,
    Flag 3,
    SubmitFeedback 7,
    ReceiveMessage 12,
    ReplyToTicket 7,
    RateAnswer 2,
    AssignTicket 4,
    RouteTicket 4,
    MergeTickets 2,
    MergeClusters 1,
    SplitCluster 2,
    Assess 3,
    Decide 3,
    Follow 3,
    Unfollow 2,
}

impl Kind {
    /// What makes something for this one to work on; those that end here always find something.
    pub const fn before(self) -> Self {
        match self {
            Self::ReviewInitiative => Self::SubmitInitiative,
            Self::CastVote | Self::AddComment | Self::Follow => Self::ReviewInitiative,
            Self::WithdrawVote | Self::AnswerInitiative => Self::CastVote,
            Self::EditComment | Self::VoteOnComment | Self::Flag => Self::AddComment,
            Self::Unfollow => Self::Follow,
            Self::RateAnswer => Self::ReplyToTicket,
            Self::ReplyToTicket => Self::SubmitFeedback,
            Self::CreateInitiative | Self::UpdateInitiative | Self::SubmitInitiative | Self::WithdrawInitiative => Self::CreateInitiative,
            _ => Self::ReceiveMessage,
        }
    }
}

/// One operation: what exactly it does follows from its number, its dice and what there is when its turn comes.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    pub number: usize,
    pub kind: Kind,
    pub dice: u64,
}

/// How PostgreSQL is killed.
#[derive(Debug, Clone, Copy)]
pub enum Victim {
    /// The first process; the others notice.
    Postmaster,
    /// One that serves a connection; the first process ends the others and recovers.
    Backend,
    /// All at once.
    All,
}

/// Something that fails. Times are in milliseconds.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    KillServer,
    KillWorker,
    KillPostgres(Victim),
    StopServer(u64),
    StopWorker(u64),
    StopPostgres(u64),
    FillDisk(u64),
    /// The connection to the database is cut after so many bytes, alone or with all others.
    CutDatabase {
        way: Way,
        bytes: usize,
        all: bool,
    },
    /// So many replies are lost after the server has sent them.
    LoseReplies(usize),
    /// A request or its reply is cut after so many bytes.
    CutRequest {
        way: Way,
        bytes: usize,
    },
}

/// A run.
pub struct Plan {
    pub seed: u64,
    pub operations: Vec<Operation>,
    /// Each with the number of operations that are done before it.
    pub faults: Vec<(usize, Fault)>,
}

impl Plan {
    pub fn new(seed: u64, operations: usize, faults: usize) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        // The first tenth makes what the others work on.
        let makers = [Kind::CreateInitiative, Kind::ReceiveMessage, Kind::SubmitFeedback];
        let mut kinds: Vec<Kind> = (0..operations / 10).map(|n| makers[n % makers.len()]).collect();
        // Each kind at least once, the rest by weight.
        let mut later: Vec<Kind> = Kind::ALL.iter().map(|(kind, _)| *kind).collect();
        let sum: u32 = Kind::ALL.iter().map(|(_, weight)| weight).sum();
        while kinds.len() + later.len() < operations {
            let mut ticket = chance.random_range(0..sum);
            later.extend(Kind::ALL.iter().find_map(|(kind, weight)| {
                let hit = ticket < *weight;
                ticket = ticket.saturating_sub(*weight);
                hit.then_some(*kind)
            }));
        }
        later.shuffle(&mut chance);
        kinds.extend(later);
        let operations: Vec<Operation> =
            kinds.into_iter().enumerate().map(|(number, kind)| Operation { number, kind, dice: chance.random() }).collect();
        let mut bag: Vec<Fault> = Vec::new();
        let mut planned: Vec<(usize, Fault)> = (0..faults)
            .map(|_| {
                if bag.is_empty() {
                    bag = one_of_each(&mut chance);
                    bag.shuffle(&mut chance);
                }
                (chance.random_range(operations.len() / 20..operations.len()), bag.pop().unwrap())
            })
            .collect();
        planned.sort_by_key(|(after, _)| *after);
        Self { seed, operations, faults: planned }
    }
}

fn one_of_each(chance: &mut StdRng) -> Vec<Fault> {
    let way = |chance: &mut StdRng| if chance.random() { Way::ToServer } else { Way::ToClient };
    let victims = [Victim::Postmaster, Victim::Backend, Victim::All];
    vec![
        Fault::KillServer,
        Fault::KillWorker,
        Fault::KillPostgres(victims[chance.random_range(0..victims.len())]),
        Fault::StopServer(chance.random_range(100..1500)),
        // Sometimes longer than it takes until others take its jobs over.
        Fault::StopWorker(chance.random_range(100..5500)),
        Fault::StopPostgres(chance.random_range(100..1500)),
        Fault::FillDisk(chance.random_range(300..2000)),
        Fault::CutDatabase { way: way(chance), bytes: chance.random_range(1..4000), all: false },
        Fault::CutDatabase { way: way(chance), bytes: chance.random_range(1..20_000), all: true },
        Fault::LoseReplies(chance.random_range(1..12)),
        Fault::CutRequest { way: way(chance), bytes: chance.random_range(1..2000) },
    ]
}

#[test]
fn a_plan_follows_from_its_seed_and_holds_every_kind() {
    let told = |plan: &Plan| format!("{:?} {:?}", plan.operations, plan.faults);
    let plan = Plan::new(7, 300, 22);
    assert_eq!(told(&plan), told(&Plan::new(7, 300, 22)));
    assert_ne!(told(&plan), told(&Plan::new(8, 300, 22)));
    assert_eq!((plan.operations.len(), plan.faults.len()), (300, 22));
    assert!(Kind::ALL.iter().all(|(kind, _)| plan.operations.iter().any(|o| o.kind == *kind)));
}
