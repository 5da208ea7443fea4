use super::duty::rescue;
use super::*;
use crate::model::JobKind;
use crate::store::fixture::{NOW, PROCESS, at, atomically, database, number};
use crate::store::schema::plan;
use crate::tests::{steps_drawn, steps_named};

fn probe() -> NewJob {
    NewJob::new(JobKind::Probe, None)
}

fn add(conn: &Connection, job: &NewJob) -> JobId {
    enqueue(conn, job, "u", NOW).unwrap().id()
}

fn claim_in(conn: &Connection, lane: Lane, limit: u32) -> Vec<JobRow> {
    let claim = ClaimJobs { process: PROCESS, lane, limit, ahead: 0, lease_until: at(100), now: NOW };
    claim_jobs(conn, &claim).unwrap()
}

fn claim(conn: &Connection) -> Vec<JobRow> {
    claim_in(conn, Lane::Normal, 100)
}

fn ended(id: JobId, epoch: i64, end: EndJob, now: UtcMillis) -> JobEnd {
    JobEnd { id, epoch, end, error: None, told: None, now }
}

fn ids(rows: &[JobRow]) -> Vec<i64> {
    rows.iter().map(|row| row.job.id.0).collect()
}

fn state(conn: &Connection, id: JobId) -> JobState {
    get(conn, id).unwrap().job.state
}

#[test]
fn the_drawing_and_the_schema_know_the_same_steps_and_sqlite_refuses_all_others() {
    let drawing = include_str!("../../../docs/job-states.md");
    let drawn = steps_drawn(drawing);
    assert_eq!(drawn, steps_named(include_str!("../migrations/0010_jobs.sql"), '\''));
    for &from in JobState::ALL {
        for &to in JobState::ALL {
            let conn = database();
            let id = add(&conn, &probe());
            let set = |to: JobState| {
                let sql = "UPDATE jobs SET state = ?2, owner_process = iif(?2 = 'running', 1, NULL),
                    lease_until = iif(?2 = 'running', 9, NULL),
                    finished_at = iif(?2 IN ('done', 'dead', 'cancelled'), 9, NULL) WHERE id = ?1";
                conn.execute(sql, params![id, to])
            };
            let path: &[JobState] = match from {
                JobState::Waiting => &[],
                JobState::Done | JobState::Dead => &[JobState::Running],
                _ => &[],
            };
            path.iter().for_each(|state| assert!(set(*state).is_ok()));
            if from != JobState::Waiting {
                set(from).unwrap();
            }
            let legal = from == to || drawn.contains(&format!("{from}>{to}"));
            assert_eq!(set(to).is_ok(), legal, "{from}>{to}");
        }
    }
}

#[test]
fn of_a_unique_key_one_is_not_finished() {
    let conn = database();
    let job = NewJob { unique_key: Some("k".into()), ..probe() };
    let first = add(&conn, &job);
    assert_eq!(enqueue(&conn, &job, "u", NOW).unwrap(), QueuedJob::Known(first));
    let row = claim(&conn).remove(0);
    assert_eq!(enqueue(&conn, &job, "u", NOW).unwrap(), QueuedJob::Known(first), "also while it runs");
    end_job(&conn, &ended(first, row.epoch, EndJob::Dead, NOW)).unwrap();
    let second = add(&conn, &job);
    assert_ne!(first, second);
    let error = move_job(&conn, first, MoveJob::Retry, NOW).unwrap_err();
    assert!(error.message().contains(&format!("job {second}")), "{error}");
    move_job(&conn, second, MoveJob::Cancel, NOW).unwrap();
    assert_eq!(move_job(&conn, first, MoveJob::Retry, NOW).unwrap().attempt, 0);
    // Two jobs without a key are two jobs.
    assert_ne!(add(&conn, &probe()), add(&conn, &probe()));
}

#[test]
fn jobs_of_one_key_run_one_after_the_other_and_hold_up_nobody_else() {
    let conn = database();
    let keyed = |key: &str| NewJob { order_key: Some(key.into()), ..probe() };
    let [a1, a2, b1, free] = [keyed("a"), keyed("a"), keyed("b"), probe()].map(|job| add(&conn, &job).0);
    let first = claim(&conn);
    assert_eq!(ids(&first), [a1, b1, free]);
    assert!(claim(&conn).is_empty());
    // The first one waits for its next try: the second still waits behind it.
    let again = EndJob::Again { at: at(50), counts: true };
    end_job(&conn, &ended(JobId(a1), first[0].epoch, again, NOW)).unwrap();
    assert!(claim(&conn).is_empty());
    move_job(&conn, JobId(a1), MoveJob::Cancel, NOW).unwrap();
    assert_eq!(ids(&claim(&conn)), [a2]);
}

#[test]
fn the_longest_due_goes_first_nothing_early_and_each_lane_by_itself() {
    let conn = database();
    let due = |millis: i64| NewJob { due_at: Some(at(millis)), ..probe() };
    let [late, early, future] = [-10, -20, 1].map(|millis| add(&conn, &due(millis)).0);
    let urgent = add(&conn, &NewJob { lane: Lane::Interactive, ..probe() }).0;
    assert_eq!(ids(&claim_in(&conn, Lane::Interactive, 9)), [urgent]);
    assert_eq!(ids(&claim_in(&conn, Lane::Normal, 1)), [early]);
    assert_eq!(ids(&claim(&conn)), [late]);
    assert_eq!(state(&conn, JobId(future)), JobState::Waiting);
}

#[test]
fn who_lost_a_job_cannot_end_it() {
    let conn = database();
    let id = add(&conn, &probe());
    let lost = claim(&conn).remove(0);
    assert!(rescue(&conn, at(100)).unwrap().is_empty());
    assert_eq!(state(&conn, id), JobState::Running, "its lease lasts");
    rescue(&conn, at(101)).unwrap();
    assert_eq!(state(&conn, id), JobState::Waiting);
    let claim = ClaimJobs {
        process: PROCESS,
        lane: Lane::Normal,
        limit: 1,
        ahead: 0,
        lease_until: at(300),
        now: at(200),
    };
    let newer = claim_jobs(&conn, &claim).unwrap().remove(0);
    assert_eq!(newer.job.attempt, 2);
    assert_eq!(end_job(&conn, &ended(id, lost.epoch, EndJob::Dead, at(201))).unwrap(), None);
    assert_eq!(state(&conn, id), JobState::Running);
    end_job(&conn, &ended(id, newer.epoch, EndJob::Done, at(202))).unwrap();
    assert_eq!(state(&conn, id), JobState::Done);
}

#[test]
fn a_job_that_ends_its_process_each_time_is_dead_after_its_last_attempt() {
    let conn = database();
    let id = add(&conn, &NewJob { max_attempts: 2, ..probe() });
    for dead in [false, true] {
        assert_eq!(claim(&conn).len(), 1);
        conn.execute("UPDATE jobs SET owner_process = 4711 WHERE id = ?1", [id]).unwrap();
        let buried = rescue(&conn, NOW).unwrap();
        assert_eq!(buried.iter().any(|job| job.id == id), dead);
    }
    let job = get(&conn, id).unwrap().job;
    assert_eq!((job.state, job.error_code.as_deref()), (JobState::Dead, Some("INTERNAL")));
}

#[test]
fn what_is_not_the_jobs_fault_burns_no_attempt() {
    let conn = database();
    let id = add(&conn, &probe());
    for counts in [false, true, false] {
        let row = claim(&conn).remove(0);
        let end = EndJob::Again { at: NOW, counts };
        end_job(
            &conn,
            &JobEnd { error: Some(("TRANSIENT".into(), "x".into())), ..ended(id, row.epoch, end, NOW) },
        )
        .unwrap();
    }
    let job = get(&conn, id).unwrap().job;
    assert_eq!((job.attempt, job.error_code.as_deref()), (1, Some("TRANSIENT")));
}

#[test]
fn what_somebody_wants_with_a_job_is_done_or_refused_with_the_reason() {
    let conn = database();
    let id = add(&conn, &probe());
    move_job(&conn, id, MoveJob::Pause, NOW).unwrap();
    assert!(claim(&conn).is_empty());
    assert_eq!(move_job(&conn, id, MoveJob::Retry, NOW).unwrap_err().code(), "CONFLICT");
    move_job(&conn, id, MoveJob::Resume, NOW).unwrap();
    assert_eq!(claim(&conn).len(), 1);
    assert_eq!(move_job(&conn, id, MoveJob::Pause, NOW).unwrap_err().code(), "CONFLICT");
    move_job(&conn, id, MoveJob::Cancel, NOW).unwrap();
    assert_eq!(
        (state(&conn, id), number(&conn, "SELECT stop_requested FROM jobs", [])),
        (JobState::Running, 1)
    );
    // Its process dies before it hears of it.
    rescue(&conn, at(101)).unwrap();
    assert_eq!(state(&conn, id), JobState::Cancelled);
    assert_eq!(move_job(&conn, JobId(99), MoveJob::Cancel, NOW).unwrap_err().code(), "NOT_FOUND");
}

#[test]
fn a_batch_is_queued_in_full_or_not_at_all() {
    let conn = database();
    let odd = NewJob { max_attempts: 0, ..probe() };
    let both = [probe(), odd];
    let result = atomically(&conn, |conn| {
        both.iter().map(|job| enqueue(conn, job, "u", NOW)).collect::<Result<Vec<_>>>()
    });
    assert!(result.is_err());
    assert_eq!(number(&conn, "SELECT count(*) FROM jobs", []), 0);
}

#[test]
fn what_is_ready_is_found_without_a_scan_and_without_sorting() {
    let conn = database();
    let steps = plan(&conn, READY).join("\n");
    assert!(steps.contains("jobs_ready"), "{steps}");
    assert!(!steps.contains("TEMP B-TREE") && !steps.contains("SCAN jobs"), "{steps}");
}

#[test]
fn what_was_taken_ahead_is_never_its_last_attempt_and_is_given_back_as_it_was() {
    let conn = database();
    let jobs = [3, 1, 1, 3].map(|max_attempts| add(&conn, &NewJob { max_attempts, ..probe() }));
    let claim = ClaimJobs {
        process: PROCESS,
        lane: Lane::Normal,
        limit: 2,
        ahead: 9,
        lease_until: at(100),
        now: NOW,
    };
    let taken = claim_jobs(&conn, &claim).unwrap();

    assert_eq!(
        ids(&taken),
        [jobs[0].0, jobs[1].0, jobs[3].0],
        "those that start now, and then those that may wait"
    );
    assert!(claim_jobs(&conn, &ClaimJobs { limit: 0, ..claim }).unwrap().is_empty());
    for (row, stopped) in [(&taken[0], false), (&taken[2], true)] {
        conn.execute("UPDATE jobs SET stop_requested = ?2 WHERE id = ?1", params![row.job.id, stopped])
            .unwrap();
        give_back(&conn, row.job.id, row.epoch, at(1)).unwrap();
        let now = get(&conn, row.job.id).unwrap().job;
        let state = if stopped { JobState::Cancelled } else { JobState::Waiting };
        assert_eq!((now.state, now.attempt, now.started_at, now.due_at), (state, 0, None, row.job.due_at));
        give_back(&conn, row.job.id, row.epoch + 1, at(2)).unwrap();
    }
}
