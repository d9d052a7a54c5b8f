namespace Holdfast.Core.Tests.Oath;

/// <summary>A member's picture of a scope: late, and read anew after a gap.</summary>
/// <param name="later">Does something on the member's host, unless its agent has ended by then.</param>
/// <param name="learnt">The picture has changed; whether it is the first since the agent's start.</param>
internal sealed class SimMirror<T>(World world, string member, SimScope<T> scope, int patienceMs, Action<long, Action> later, Action<T, bool> learnt)
    where T : class, IRevisioned
{
    private bool _missed;
    private int _underway;

    public T? Picture { get; private set; }
    public bool Connected { get; private set; }
    public long LastContact { get; private set; }
    /// <summary>When the picture was last known to be current; null: not since the agent's start.</summary>
    public long? Confirmed { get; private set; }

    public void Forget()
    {
        Picture = null;
        Connected = _missed = false;
        Confirmed = null;
        _underway = 0;
        LastContact = world.Now;
    }

    /// <summary>The scope has changed; it takes a while until this member hears of it.</summary>
    public void Tell(T state, bool alive)
    {
        if (!alive || !scope.IsReachedBy(member))
        {
            _missed = true;
            return;
        }

        _underway++;
        later(world.Chance(0.05) ? world.Between(50, 400) : world.Between(1, 30), () =>
        {
            _underway--;
            if (Connected)
            {
                Learn(state);
            }
            else
            {
                // It came while the picture was being read anew, which may be older: read once more, or a change goes unseen for ever.
                _missed = true;
            }
        });
    }

    public void Learn(T state)
    {
        if (Picture is { } known && known.Revision >= state.Revision)
        {
            return;
        }

        var first = Picture is null;
        Picture = state;
        learnt(state, first);
    }

    /// <summary>Keeps the connection, and reads everything anew after a gap.</summary>
    public void Watch()
    {
        later(world.Between(40, 80), Watch);
        if (!scope.IsReachedBy(member))
        {
            if (world.Now - LastContact > patienceMs)
            {
                Connected = false;
            }

            return;
        }

        LastContact = world.Now;
        if (!Connected || _missed)
        {
            _missed = false;
            var read = scope.State;
            var at = world.Now;
            later(world.Between(1, 20), () =>
            {
                Connected = true;
                Learn(read);
                Confirmed = at;
            });
        }
        else if (_underway == 0)
        {
            Confirmed = world.Now;
        }
    }
}
