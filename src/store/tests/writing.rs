//! Group commits, errors in them, readers, and closing.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use rusqlite::Connection;

use super::{Place, error_of, keys, put};
use crate::error::{Error, ErrorKind};
use crate::store::{Store, require_pid};

/// Keeps the writer thread busy until the returned sender is dropped, so that what is queued
/// meanwhile becomes one group.
async fn busy(store: &Store) -> (std::sync::mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
    let (started, is_started) = tokio::sync::oneshot::channel();
    let (free, wait) = channel::<()>();
    let store = store.clone();
    let task = tokio::spawn(async move {
        let block = move |_: &Connection| {
            let _ = started.send(());
            let _ = wait.recv();
            // The first caller's group closes by time.
            std::thread::sleep(Duration::from_millis(6));
            Ok(())
        };
        store.write("test.busy", block).await.unwrap();
    });
    is_started.await.unwrap();
    (free, task)
}

#[tokio::test]
async fn what_is_written_can_be_read_and_is_there_after_reopening() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    put(&store, "a").await.unwrap();
    assert_eq!(keys(&store).await, ["a"]);
    store.close().await.unwrap();
    let store = place.open().await.unwrap();
    assert_eq!(keys(&store).await, ["a"]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn waiting_callers_share_a_commit_and_an_error_undoes_only_its_own_rows() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let (free, task) = busy(&store).await;
    let half = store.write("test.half", |conn| {
        conn.execute("INSERT INTO meta VALUES ('half', 'x')", [])?;
        Err::<(), _>(Error::new(ErrorKind::NotFound, "not there"))
    });
    let failing = async { error_of(half.await) };
    let go = async { drop(free) };
    let (a, error, b, ()) = tokio::join!(put(&store, "a"), failing, put(&store, "b"), go);
    a.unwrap();
    b.unwrap();
    assert_eq!((error.kind(), error.message()), (ErrorKind::NotFound, "not there"));
    assert_eq!(keys(&store).await, ["a", "b"]);
    task.await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_panic_is_that_callers_error_and_the_thread_lives() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let panics = store.write::<(), _>("test.panic", |conn| {
        conn.execute("INSERT INTO meta VALUES ('half', 'x')", [])?;
        panic!("planted")
    });
    let (error, b) = tokio::join!(panics, put(&store, "b"));
    assert_eq!(error_of(error).kind(), ErrorKind::Internal);
    b.unwrap();
    let read = store.read::<(), _>("test.panic", |_| panic!("planted")).await;
    assert_eq!(error_of(read).kind(), ErrorKind::Internal);
    assert_eq!(keys(&store).await, ["b"]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn everybody_learns_that_the_transaction_is_gone() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    // On a loaded machine the first caller's group may close by time before the second is in it.
    let mut written: Vec<String> = Vec::new();
    while written.len() < 100 {
        let (free, task) = busy(&store).await;
        let key = format!("early {:02}", written.len());
        let breaks = store.write("test.rollback", |conn| Ok(conn.execute_batch("ROLLBACK")?));
        let go = async { drop(free) };
        let (first, broken, ()) = tokio::join!(put(&store, &key), breaks, go);
        task.await.unwrap();
        assert_eq!(error_of(broken).kind(), ErrorKind::Storage);
        let Err(error) = first else {
            written.push(key);
            continue;
        };
        assert_eq!(error.kind(), ErrorKind::Storage);
        break;
    }
    assert!(written.len() < 100, "the two never shared a group");
    put(&store, "after").await.unwrap();
    written.insert(0, "after".into());
    assert_eq!(keys(&store).await, written);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_an_error_and_no_more_than_that() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    put(&store, "before").await.unwrap();
    let fill = |conn: &Connection| {
        conn.pragma_update_and_check(None, "max_page_count", 1, |_| Ok(()))?;
        conn.execute("INSERT INTO meta VALUES ('big', hex(randomblob(200000)))", [])?;
        Ok(())
    };
    let error = error_of(store.write("test.fill", fill).await);
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Storage, crate::Retry::Backoff));
    let lift = |conn: &Connection| {
        Ok(conn.pragma_update_and_check(None, "max_page_count", 1_000_000, |_| Ok(()))?)
    };
    store.write("test.lift", lift).await.unwrap();
    put(&store, "later").await.unwrap();
    assert_eq!(keys(&store).await, ["before", "later"]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_log_replaced_under_us_is_noticed_before_anybody_is_told_that_it_is_written() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    put(&store, "a").await.unwrap();
    std::fs::rename(place.beside("-wal"), place.beside("-gone")).unwrap();
    let error = error_of(put(&store, "b").await);
    assert_eq!(error.kind(), ErrorKind::Storage);
    put(&store, "c").await.unwrap();
    // Our last connection saved what was in the log it still had open.
    assert_eq!(keys(&store).await, ["a", "b", "c"]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_database_put_in_the_place_of_ours_is_not_mixed_with_our_log() {
    let place = Place::new();
    place.open().await.unwrap().close().await.unwrap();
    let back_up = std::fs::read(place.path()).unwrap();
    let store = place.open().await.unwrap();
    put(&store, "a").await.unwrap();
    std::fs::rename(place.path(), place.beside("-moved")).unwrap();
    std::fs::write(place.path(), &back_up).unwrap();
    for key in ["b", "c"] {
        let error = error_of(put(&store, key).await);
        assert_eq!(error.kind(), ErrorKind::Storage);
        assert!(error.to_string().contains("replaced"), "{error}");
    }
    assert!(std::fs::read(place.path()).unwrap() == back_up);
    store.close().await.unwrap();
    assert!(std::fs::read(place.path()).unwrap() == back_up);
}

#[tokio::test]
async fn a_reader_cannot_write_nor_attach() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    for sql in ["INSERT INTO meta VALUES ('a', 'b')", "ATTACH ':memory:' AS other", "PRAGMA query_only = OFF"]
    {
        let _ = store.read("test.write", move |conn| Ok(conn.execute_batch(sql)?)).await;
    }
    let write = store.read("test.write", |conn| Ok(conn.execute("DELETE FROM processes", [])?)).await;
    assert_eq!(error_of(write).kind(), ErrorKind::Storage);
    let attach =
        store.read("test.attach", |conn| Ok(conn.execute_batch("ATTACH ':memory:' AS other")?)).await;
    assert!(attach.is_err());
    store.close().await.unwrap();
}

#[tokio::test]
async fn one_read_sees_one_state() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let (asked, wait) = channel::<()>();
    let (started, is_started) = tokio::sync::oneshot::channel();
    let count =
        |conn: &Connection| conn.query_row("SELECT count(*) FROM meta", [], |row| row.get::<_, i64>(0));
    let read = store.read("test.twice", move |conn| {
        let first = count(conn)?;
        let _ = started.send(());
        let _ = wait.recv();
        Ok((first, count(conn)?))
    });
    let write = async {
        is_started.await.unwrap();
        put(&store, "a").await.unwrap();
        drop(asked);
    };
    assert_eq!(tokio::join!(read, write).0.unwrap(), (0, 0));
    store.close().await.unwrap();
}

#[tokio::test]
async fn queued_work_is_done_although_its_caller_went_away() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let (free, task) = busy(&store).await;
    let mut abandoned = Box::pin(put(&store, "a"));
    assert!(futures_poll_once(&mut abandoned).await);
    drop(abandoned);
    drop(free);
    task.await.unwrap();
    put(&store, "b").await.unwrap();
    assert_eq!(keys(&store).await, ["a", "b"]);
    store.close().await.unwrap();
}

/// Polls once; whether it is pending.
async fn futures_poll_once<F: Future + Unpin>(future: &mut F) -> bool {
    std::future::poll_fn(|cx| std::task::Poll::Ready(std::pin::Pin::new(&mut *future).poll(cx).is_pending()))
        .await
}

#[tokio::test]
async fn close_finishes_what_is_queued_and_leaves_only_the_database() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let (free, task) = busy(&store).await;
    let closing = async {
        tokio::task::yield_now().await;
        drop(free);
        store.close().await
    };
    let (a, b, closed) = tokio::join!(put(&store, "a"), put(&store, "b"), closing);
    a.unwrap();
    b.unwrap();
    closed.unwrap();
    task.await.unwrap();
    store.close().await.unwrap();
    assert_eq!(error_of(put(&store, "c").await).kind(), ErrorKind::Closed);
    assert_eq!(error_of(store.read("test.read", |_| Ok(())).await).kind(), ErrorKind::Closed);
    assert!(!store.is_leader());
    let left: Vec<_> = std::fs::read_dir(place.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["shop.db"]);
    let again = place.open().await.unwrap();
    assert_eq!(keys(&again).await, ["a", "b"]);
    again.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_at_once_from_many_tasks_or_cancelled_half_way_is_harmless() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    let mut half = Box::pin(store.close());
    futures_poll_once(&mut half).await;
    drop(half);
    let all = (0..4).map(|_| {
        tokio::spawn({
            let store = store.clone();
            async move { store.close().await }
        })
    });
    for one in all.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
    place.open().await.unwrap().close().await.unwrap();
}

#[tokio::test]
async fn a_dropped_store_finishes_and_releases_the_file_by_itself() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    put(&store, "a").await.unwrap();
    let weak = Arc::downgrade(&store.0);
    drop(store);
    assert!(weak.upgrade().is_none());
    // The thread ends on its own time; the next opener waits for the lock only a moment.
    let store = loop {
        match place.open().await {
            Ok(store) => break store,
            Err(error) => assert_eq!(error.kind(), ErrorKind::DatabaseInUse),
        }
    };
    assert_eq!(keys(&store).await, ["a"]);
    store.close().await.unwrap();
}

#[test]
fn dropping_after_the_runtime_ended_does_not_hang() {
    let place = Place::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = runtime.block_on(place.open()).unwrap();
    drop(runtime);
    drop(store);
}

#[test]
fn a_forked_process_is_refused() {
    require_pid(std::process::id()).unwrap();
    assert_eq!(require_pid(1).unwrap_err().kind(), ErrorKind::DatabaseInUse);
}

/// Timers of paused tests must not run ahead of a write that is on its way to the disk.
#[tokio::test(start_paused = true)]
async fn paused_time_stands_still_during_a_write() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    for n in 0..20 {
        let before = tokio::time::Instant::now();
        let put = tokio::time::timeout(Duration::from_secs(1), put(&store, format!("{n}")));
        put.await.expect("no second passed").unwrap();
        assert_eq!(before.elapsed(), Duration::ZERO);
    }
    store.close().await.unwrap();
}
