namespace Holdfast.Core.Tests.Oath;

/// <summary>All keys of a scope at one revision.</summary>
internal interface IRevisioned
{
    long Revision { get; }
}

/// <summary>How a call to coordination ended.</summary>
internal enum CallEnd
{
    Done,
    /// <summary>A condition did not hold.</summary>
    Conflict,
    /// <summary>Nothing was sent.</summary>
    Unreachable,
    /// <summary>No answer: it may have been done, or may yet be.</summary>
    InDoubt,
}

/// <summary>
/// A scope of coordination: linearizable, with calls that get lost, answers that get lost, and calls that take effect long after they were given up.
/// </summary>
/// <param name="host">The cluster that keeps it.</param>
internal abstract class SimScope<T>(World world, string host)
    where T : class, IRevisioned
{
    private const int TimeoutMs = 250;

    public abstract T State { get; }

    public bool IsDown => world.Network.IsDown(host);

    public bool IsReachedBy(string member) => !IsDown && world.Network.Connects(member, host);

    /// <summary>Changes the state at once; also for the operator's hand. Null from <paramref name="change"/>: a condition does not hold.</summary>
    public abstract bool Apply(string who, Func<T, T?> change);

    /// <summary>A transaction by an agent.</summary>
    public void Call(string member, Func<T, T?> change, Action<CallEnd, T> answer)
    {
        if (!IsReachedBy(member))
        {
            world.After(world.Between(1, TimeoutMs), member, () => answer(CallEnd.Unreachable, State));
            return;
        }

        var fate = world.Calm ? 1 : world.Random.NextDouble();
        if (fate < world.Oath.Weather.LateCalls)
        {
            // Given up by its sender, and done later, if coordination is there then.
            world.After(world.Between(0, 2_500), null, () =>
            {
                if (!IsDown && Apply($"{member}~", change))
                {
                    world.Note(member, "a call in flight has taken effect late");
                    world.Oath.Fault();
                }
            });
            world.After(TimeoutMs, member, () => answer(CallEnd.InDoubt, State));
            return;
        }

        world.After(world.Between(1, 10), null, () =>
        {
            var reached = IsReachedBy(member);
            var done = reached && Apply(member, change);
            var after = State;
            var heard = reached && fate > world.Oath.Weather.LateCalls + 0.02;
            world.After(heard ? world.Between(1, 10) : TimeoutMs, member, () => answer(!heard ? CallEnd.InDoubt : done ? CallEnd.Done : CallEnd.Conflict, after));
        });
    }
}
