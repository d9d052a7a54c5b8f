using Holdfast.Agent.Hosting;
using Holdfast.Simulation.Time;

namespace Holdfast.Simulation.Hosts;

/// <summary>The agent's dedicated threads: each step of theirs is one thing that happens.</summary>
internal sealed class SimThreads(AgentRun run) : IDedicatedThreads
{
    public TimeSpan TotalPause => TimeSpan.Zero;

    public IDedicatedThread Start(string name, Func<TimeSpan> step) => new Stepped(run, step);

    private sealed class Stepped : IDedicatedThread
    {
        private readonly AgentRun _run;
        private readonly Func<TimeSpan> _step;
        private int _waiting;
        private bool _pulsed;
        private bool _ended;

        public Stepped(AgentRun run, Func<TimeSpan> step)
        {
            (_run, _step) = (run, step);
            Pulse();
        }

        public void Pulse()
        {
            if (!_pulsed)
            {
                _pulsed = true;
                Next(TimeSpan.Zero);
            }
        }

        public void End(TimeSpan limit) => _ended = true;

        public void Dispose() => _ended = true;

        private void Next(TimeSpan wait)
        {
            var waiting = ++_waiting;
            _run.After(wait, () =>
            {
                if (!_ended && waiting == _waiting)
                {
                    _pulsed = false;
                    var next = _step();
                    if (!_pulsed && next != Timeout.InfiniteTimeSpan)
                    {
                        Next(next > TimeSpan.Zero ? next : TimeSpan.Zero);
                    }
                }
            });
        }
    }
}
