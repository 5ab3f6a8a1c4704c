//! Threads that take turns: the model goes from hand to hand with the operations up to the next turn.

use super::model::Model;
use super::operation::{Operation, THREADS, Word};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

type Turn = (Box<Model>, Vec<Operation>);

struct Worker {
    turns: Sender<Turn>,
    thread: JoinHandle<()>,
}

/// The threads beside the main one, started when they are first needed. They outlive an input: their caches
/// are filled, as those of a program's threads are.
pub struct Threads {
    workers: [Option<Worker>; THREADS],
    done: (Sender<Box<Model>>, Receiver<Box<Model>>),
}

impl Threads {
    pub fn new() -> Self {
        Self { workers: [const { None }; THREADS], done: channel() }
    }

    fn start(&self) -> Worker {
        let (turns, taken) = channel::<Turn>();
        let done = self.done.0.clone();
        let thread = std::thread::spawn(move || {
            while let Ok((mut model, operations)) = taken.recv() {
                operations.iter().for_each(|operation| model.operate(operation));
                if done.send(model).is_err() {
                    return;
                }
            }
        });
        Worker { turns, thread }
    }

    /// Carries out all of them, each on its thread, one after another.
    pub fn operate(&mut self, mut model: Box<Model>, operations: &[Operation]) -> Box<Model> {
        let is_one_turn = |one: &Operation, next: &Operation| {
            one.thread == next.thread && one.word != Word::Exit && next.word != Word::Exit
        };
        for turn in operations.chunk_by(is_one_turn) {
            let Some(Operation { thread, word, .. }) = turn.first() else { continue };
            match (*thread, *word) {
                (0, _) => turn.iter().for_each(|operation| model.operate(operation)),
                (thread, Word::Exit) => self.end(thread),
                (thread, _) => model = self.take_turn(thread, (model, turn.to_vec())),
            }
        }
        model
    }

    fn end(&mut self, thread: usize) {
        if let Some(Worker { turns, thread }) = self.workers[thread].take() {
            drop(turns);
            thread.join().expect("a panic ends the process");
        }
    }

    fn take_turn(&mut self, thread: usize, turn: Turn) -> Box<Model> {
        if self.workers[thread].is_none() {
            self.workers[thread] = Some(self.start());
        }
        let Some(worker) = &self.workers[thread] else { unreachable!("started above") };
        worker.turns.send(turn).expect("the thread waits for its turn");
        self.done.1.recv().expect("the thread gives the model back")
    }
}
