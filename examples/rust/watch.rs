// SPDX-License-Identifier: ISC
// ikelive example in Rust, 139 lines: the policy and the codec from another language, with rustc alone.
//
//     rustc -L FOLDER_OF_THE_LIBRARY -l ikelive watch.rs && LD_LIBRARY_PATH=FOLDER_OF_THE_LIBRARY ./watch
//
// Lists the named schedules, reads a message of IKEv2 and refuses a broken one, then watches a peer that answers twice
// and falls silent, in virtual time. ikl_init is not needed: nothing here is cryptographic.
use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_void};
use std::ptr;

const SLACK: u32 = 100; // ms
const IKL_OK: c_int = 0;

/// struct ikl_header
#[repr(C)]
#[derive(Default)]
struct Header {
    spi_i: u64,
    spi_r: u64,
    next_payload: u8,
    minor: u8,
    exchange_type: u8,
    flags: u8,
    message_id: u32,
    length: u32,
}

/// struct ikl_schedule
#[repr(C)]
struct Schedule {
    waits: [u32; 64],
    n_waits: u16,
    tries: u16,
    jitter: u16,
    again: u32,
}

/// Room for a struct ikl_watch, which does not grow within a SOVERSION. What is in it the functions tell.
#[repr(C)]
struct Watch([u64; 32]);

/// enum ikl_watch_decision
#[repr(C)]
#[allow(dead_code)] // the library makes them
#[derive(Clone, Copy, PartialEq)]
enum Decision {
    Nothing,
    Probe,
    SendAgain,
    GiveUp,
}

extern "C" {
    fn ikl_error_name(error: c_int) -> *const c_char;
    fn ikl_exchange_name(exchange_type: u8) -> *const c_char;
    fn ikl_header_read(out: *mut Header, datagram: *const u8, len: usize) -> c_int;
    fn ikl_message_dump(datagram: *const u8, len: usize, keys: *const c_void, out: *mut c_char, size: usize) -> c_int;
    fn ikl_schedule_name(n: usize) -> *const c_char;
    fn ikl_schedule_by_name(name: *const c_char) -> *const Schedule;
    fn ikl_schedule_total(schedule: *const Schedule) -> u64;
    fn ikl_watch_init(watch: *mut Watch, now: u64);
    fn ikl_watch_deadline(watch: *const Watch) -> u64;
    fn ikl_watch_sent(watch: *mut Watch, message_id: u32, now: u64, slack: u32, random: u32) -> c_int;
    fn ikl_watch_answered(watch: *mut Watch, message_id: u32, now: u64) -> bool;
    fn ikl_watch_tick(watch: *mut Watch, now: u64, slack: u32, random: u32) -> Decision;
}

/// A string of the library's, which is ASCII and lives as long as the library.
fn text(string: *const c_char) -> &'static str {
    unsafe { CStr::from_ptr(string) }.to_str().unwrap()
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

fn list_schedules() {
    for n in 0.. {
        let name = unsafe { ikl_schedule_name(n) };
        if name.is_null() {
            return;
        }
        let schedule = unsafe { &*ikl_schedule_by_name(name) };
        let total = unsafe { ikl_schedule_total(schedule) };
        println!("{:<12}{:>3} tries in {} s", text(name), schedule.tries, seconds(total));
    }
}

fn read(datagram: &[u8]) {
    let mut header = Header::default();
    let error = unsafe { ikl_header_read(&mut header, datagram.as_ptr(), datagram.len()) };
    if error != IKL_OK {
        println!("refused: {}", text(unsafe { ikl_error_name(error) }));
        return;
    }
    let exchange = text(unsafe { ikl_exchange_name(header.exchange_type) });
    println!(
        "{}, Message ID {}, {} octets from SPI {:016x}",
        exchange, header.message_id, header.length, header.spi_i
    );
    let mut dump = [0u8; 1024];
    let room = dump.as_mut_ptr() as *mut c_char;
    unsafe { ikl_message_dump(datagram.as_ptr(), datagram.len(), ptr::null(), room, dump.len()) };
    print!("{}", unsafe { CStr::from_ptr(room) }.to_str().unwrap());
}

fn watch(alive_until: u64) {
    let mut peer = Watch([0; 32]);
    let mut message_id = 0;
    let mut decision = Decision::Nothing;
    unsafe { ikl_watch_init(&mut peer, 0) };
    while decision != Decision::GiveUp {
        let now = unsafe { ikl_watch_deadline(&peer) }; // a real stack sleeps until then
        decision = unsafe { ikl_watch_tick(&mut peer, now, SLACK, 0) };
        if decision == Decision::Probe {
            message_id += 1;
            assert_eq!(unsafe { ikl_watch_sent(&mut peer, message_id, now, SLACK, 0) }, IKL_OK);
        }
        let words = ["nothing", "send a check", "send it again", "tear it down"][decision as usize];
        println!("{:>8.3}  {}", seconds(now), words);
        if matches!(decision, Decision::Probe | Decision::SendAgain) && now < alive_until {
            unsafe { ikl_watch_answered(&mut peer, message_id, now) };
            println!("{:>8.3}  answered", seconds(now));
        }
    }
}

fn main() {
    let mut message = [
        0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x2e, 0x20,
        0x25, 0x08, 0, 0, 0, 3, 0, 0, 0, 28,
    ];
    list_schedules();
    message[16] = 0; // no payload follows
    read(&message);
    read(&message[..27]);
    watch(12000);
}
