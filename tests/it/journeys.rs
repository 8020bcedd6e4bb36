//! One journey a room, in the order of a visitor's tour.

mod channel_pages;
mod channels;
mod comments;
mod feedback;
mod forms;
mod identity;
mod initiatives;
mod insight;
mod jobs;
mod mail;
mod masking;
mod nearby;
mod notify;
mod outgoing;
mod pages;
mod regroup;
mod search;
mod search_admin;
mod search_people;
mod services;
mod spaces;
mod triage;
mod voting;
