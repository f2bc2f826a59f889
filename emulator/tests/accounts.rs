//! Every cycle of every process is accounted for: busy and waiting cycles are the total, under every
//! clock, however a run ends.

mod common;

use common::{name_of, program, small};
use orrery_emulator::report::Verdict;
use orrery_emulator::wiring::process;
use orrery_emulator::{Clock, Config, Machine};
use orrery_samples::Sample;
use orrery_shared::{Outcome, WaitCause};

/// Runs a sample and looks at its accounts.
fn accounts(
    sample: &Sample,
    config: &Config,
    clock: Clock,
    horizon: Option<u64>,
) -> (Outcome, Verdict) {
    let program = program(name_of(sample.format));
    let mut machine = Machine::new(config, program, sample.bytes.clone().into(), clock)
        .expect("a program that fits");
    let outcome = machine.run(horizon);
    let total = outcome.total;
    assert_eq!(clock == Clock::Off, total == 0 && horizon != Some(0));
    for (p, report) in outcome.processes.iter().enumerate() {
        assert_eq!(
            report.cycles(),
            total,
            "{}: process {p}, {clock:?}",
            sample.name
        );
    }
    let input = machine.units().parsing.state().intake().account(total);
    let sum = input.busy + input.waits.iter().sum::<u64>();
    assert_eq!(sum, total, "{}: the input, {clock:?}", sample.name);
    let verdict = machine.report(&outcome).verdict;
    if verdict == Verdict::Complete && clock != Clock::Off {
        lines(sample, &machine, &outcome);
    }
    (outcome, verdict)
}

/// Every cycle of a complete run belongs to a beat that has a name, but for the waiting behind the last one.
fn lines(sample: &Sample, machine: &Machine, outcome: &Outcome) {
    for (p, report) in outcome.processes.iter().enumerate() {
        let of_beats: u64 = report.profile.iter().map(|line| line.cycles).sum();
        let behind =
            [WaitCause::Idle, WaitCause::Stopped].map(|cause| report.waits[cause as usize]);
        let behind: u64 = behind.iter().sum();
        let name = &sample.name;
        // Behind the last beat others may also have waited for a latency, or for their program.
        let most = outcome.total - behind;
        let fits = match p {
            process::PARSING => of_beats == most,
            _ => (report.busy..=most).contains(&of_beats),
        };
        assert!(fits, "{name}: process {p}: {of_beats} of {most}");
        let issued = (0..)
            .zip(&report.profile)
            .filter(|(_, line)| line.count > 0);
        for (pc, _) in issued {
            let named = machine
                .instruction_name(p, pc)
                .is_some_and(|n| !n.is_empty());
            assert!(named, "{name}: process {p}, row {pc}");
        }
    }
}

#[test]
fn cycles_add_up() {
    let mut ends = [0; 3];
    let mut tight = small();
    tight.budget = 1500;
    tight.output.credit = 0;
    tight.parsing.credit_per_byte = 2;
    for sample in orrery_samples::all() {
        for config in [&small(), &tight] {
            let (exact, verdict) = accounts(&sample, config, Clock::Exact, None);
            ends[verdict as usize] += 1;
            accounts(&sample, config, Clock::Off, None);
            // The oracle takes its time.
            if exact.total > 20_000 {
                continue;
            }
            let (lockstep, _) = accounts(&sample, config, Clock::Lockstep, None);
            assert_eq!(lockstep.processes, exact.processes, "{}", sample.name);
            for part in [1, 3, 7] {
                let horizon = Some(exact.total * part / 8);
                let (a, _) = accounts(&sample, config, Clock::Exact, horizon);
                let (b, _) = accounts(&sample, config, Clock::Lockstep, horizon);
                assert_eq!(a, b, "{} at {horizon:?}", sample.name);
            }
        }
    }
    println!("complete, bad, limit: {ends:?}");
    assert!(ends.iter().all(|&n| n > 10), "{ends:?}");
}
