//! A TCP proxy on loopback that breaks the way to a server.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Passes connections on to a server, until it is told otherwise.
pub struct Proxy {
    address: SocketAddr,
    way: Arc<Way>,
    /// Who accepts connections; nobody while the way is cut.
    listening: Option<JoinHandle<()>>,
}

/// How things are passed on.
struct Way {
    target: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_stopping: bool,
    /// Nothing is passed on, in either direction.
    is_stuck: bool,
    delay: Duration,
    connections: Vec<Weak<Connection>>,
}

struct Connection {
    client: TcpStream,
    server: TcpStream,
}

impl Proxy {
    /// A proxy to `target` on a free port.
    pub fn start(target: SocketAddr) -> Self {
        Self::listen(0, target)
    }

    /// A proxy to `target` on a port chosen beforehand: clients of Kafka go where the broker says that it is.
    pub fn listen(port: u16, target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
        let address = listener.local_addr().expect("an address");
        let way = Arc::new(Way { target, state: Mutex::default(), changed: Condvar::new() });
        let listening = Some(accept(listener, Arc::clone(&way)));
        Self { address, way, listening }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Drops every connection, and refuses new ones.
    pub fn cut(&mut self) {
        if let Some(listening) = self.listening.take() {
            self.way.state().is_stopping = true;
            // This wakes whoever accepts.
            let woken = TcpStream::connect(self.address);
            listening.join().expect("it accepts without a mistake");
            drop(woken);
        }
        self.way.drop_connections();
    }

    /// Passes everything on again, at once, also what was stuck.
    pub fn restore(&mut self) {
        let mut state = self.way.state();
        (state.is_stopping, state.is_stuck, state.delay) = (false, false, Duration::ZERO);
        drop(state);
        self.way.changed.notify_all();
        if self.listening.is_none() {
            let listener = TcpListener::bind(self.address).expect("the port is still ours");
            self.listening = Some(accept(listener, Arc::clone(&self.way)));
        }
    }

    /// Passes each piece on so much later.
    pub fn delay(&self, delay: Duration) {
        self.way.state().delay = delay;
    }

    /// Keeps connections and accepts new ones, but passes nothing on.
    pub fn half_open(&self) {
        self.way.state().is_stuck = true;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
    }
}

fn accept(listener: TcpListener, way: Arc<Way>) -> JoinHandle<()> {
    thread::spawn(move || {
        for client in listener.incoming() {
            if way.state().is_stopping {
                return;
            }
            // A server that is away is told to the client as a connection that ends.
            if let Ok(client) = client
                && let Ok(server) = TcpStream::connect(way.target)
            {
                way.connect(Connection { client, server });
            }
        }
    })
}

impl Way {
    /// What a panicking test has left is good enough to clean up with.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(self: &Arc<Self>, connection: Connection) {
        let _ = (connection.client.set_nodelay(true), connection.server.set_nodelay(true));
        let connection = Arc::new(connection);
        let mut state = self.state();
        state.connections.retain(|other| other.strong_count() > 0);
        state.connections.push(Arc::downgrade(&connection));
        let (there, back) = (Arc::clone(&connection), connection);
        let (to, fro) = (Arc::clone(self), Arc::clone(self));
        thread::spawn(move || to.pass(&there.client, &there.server));
        thread::spawn(move || fro.pass(&back.server, &back.client));
    }

    /// One direction of a connection, until it ends.
    fn pass(&self, mut from: &TcpStream, mut to: &TcpStream) {
        let mut piece = vec![0; 64 * 1024];
        let mut pass_piece = || -> io::Result<bool> {
            let length = from.read(&mut piece)?;
            thread::sleep(self.wait_for_way());
            to.write_all(&piece[..length])?;
            Ok(length > 0)
        };
        loop {
            match pass_piece() {
                Ok(true) => {}
                Ok(false) => break drop(to.shutdown(Shutdown::Write)),
                Err(_) => break drop((from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both))),
            }
        }
    }

    /// Waits while nothing is passed on, and answers how much later the piece goes.
    fn wait_for_way(&self) -> Duration {
        let waited = self.changed.wait_while(self.state(), |state| state.is_stuck);
        waited.unwrap_or_else(PoisonError::into_inner).delay
    }

    fn drop_connections(&self) {
        let mut state = self.state();
        for connection in state.connections.drain(..).filter_map(|connection| connection.upgrade()) {
            let _ = connection.client.shutdown(Shutdown::Both);
            let _ = connection.server.shutdown(Shutdown::Both);
        }
        // What was stuck finds its connection closed.
        state.is_stuck = false;
        self.changed.notify_all();
    }
}
