using System.Collections.Immutable;
using Holdfast.FailoverBench.Clients;
using Holdfast.FailoverBench.Faults;
using Holdfast.Quickstart;
using Holdfast.Quickstart.Hosts;
using Holdfast.Quickstart.Layout;
using Holdfast.Quickstart.Processes;

namespace Holdfast.FailoverBench.Systems;

/// <summary>
/// Three members of one kind of store under somebody's management (or nobody's), each on a "host" of its own. What can be asked of the
/// servers themselves is asked of them, in the same way for all of the kind.
/// </summary>
internal abstract class StoreSystem(Surroundings surroundings, string key, int round) : IDisposable
{
    /// <summary>From empty folders to three healthy members.</summary>
    private static readonly TimeSpan BirthDeadline = TimeSpan.FromSeconds(180);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    public string Key => key;

    /// <summary>For people: what it is set to.</summary>
    public abstract string Description { get; }

    /// <summary>Its slowest regular look at things: faults strike at a random moment of it, so that none is lucky.</summary>
    public abstract TimeSpan Period { get; }

    /// <summary>False: this program itself brings it back after a fault.</summary>
    public virtual bool IsManaged => true;

    /// <summary>Faults that make sense for it.</summary>
    public virtual ImmutableArray<string> Faults => FaultKinds.Keys;

    /// <summary>Where its things are. The folder's name is short: a socket's path may have some hundred characters only.</summary>
    public Place Place { get; } = Place.Create(Path.Combine(surroundings.Folder, $"{key}-{round}")) with { Etcds = [surroundings.Etcd] };

    public ImmutableArray<Host> Hosts { get; private set; } = [];

    protected Surroundings Surroundings => surroundings;

    protected ProcessLedger Ledger => field ??= new ProcessLedger(Place.Folder);

    public Host Host(string name) => Hosts.Single(host => host.Name == name);

    /// <summary>Starts it on empty folders, waits until all is well, and prepares it for the client.</summary>
    /// <exception cref="QuickstartException">It does not come up.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var member in Place.Members)
        {
            Directory.CreateDirectory(member.SocketDirectory);
            foreach (var folder in new[] { Path.GetDirectoryName(member.SocketDirectory)!, member.SocketDirectory })
            {
                File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }

        Hosts = [.. Place.Members.Select(CreateHost)];
        await LaunchAsync(cancellationToken);
        if (await UntilNothingIsMissingAsync(
            () => ManagerMissingAsync(Place.Members[0].Name, cancellationToken), BirthDeadline, cancellationToken) is { } absent)
        {
            throw new QuickstartException($"{key} does not come up within {BirthDeadline.TotalSeconds:0} s: {absent}; see {Place.Logs}");
        }

        await PrepareAsync(cancellationToken);
        if (await WaitHealthyAsync(BirthDeadline, cancellationToken) is { } missing)
        {
            throw new QuickstartException($"{key} is not healthy {BirthDeadline.TotalSeconds:0} s after its start: {missing}; see {Place.Logs}");
        }
    }

    /// <summary>The client whose outage is measured; not started yet.</summary>
    public abstract IWriteClient CreateClient();

    /// <summary>A client that sticks to this member and writes ids of its own.</summary>
    public abstract IProbe CreateProbe(MemberPlace member);

    /// <summary>Hands over every id of the client's that the present primary has.</summary>
    public abstract Task ReadIdsAsync(Action<long> read, CancellationToken cancellationToken);

    /// <summary>How many of these ids of probes the present primary has.</summary>
    public abstract Task<long> CountProbesAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken);

    /// <summary>What the server of this member is set to, as far as it must be the same for all systems.</summary>
    public abstract Task<ImmutableSortedDictionary<string, string>> SettingsAsync(MemberPlace member, CancellationToken cancellationToken);

    /// <summary>The server's main process; null: none.</summary>
    public abstract ProcessIdentity? ServerOf(Host host);

    /// <summary>Whether an acknowledged write may go with this fault by what the system promises: then it is a figure, else a fault of the system's.</summary>
    public abstract bool MayLose(string fault);

    /// <summary>What the manager itself says is not yet well; null: nothing.</summary>
    protected abstract Task<string?> ManagerMissingAsync(string primary, CancellationToken cancellationToken);

    /// <summary>A planned change of primary, by the manager's own command.</summary>
    /// <exception cref="QuickstartException">It refuses or fails.</exception>
    public abstract Task SwitchoverAsync(Host primary, CancellationToken cancellationToken);

    /// <summary>The fault has just struck: nobody but the bare servers has to be told.</summary>
    public virtual Task StruckAsync(string fault, Host primary, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Brings it back to three members after a fault, where nobody does that by itself.</summary>
    public virtual Task RestoreAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What the manager itself says of its newest change of primary, step by step; null: nothing.</summary>
    public virtual Task<string?> BreakdownAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <summary>Everything that can be said of its state now, for people, when something has gone wrong.</summary>
    public virtual async Task<string> EvidenceAsync(CancellationToken cancellationToken) =>
        await WhatIsMissingAsync(cancellationToken) ?? "the servers and the manager say that all is well";

    /// <summary>Makes the host of a member; its agent is started later.</summary>
    protected abstract Host CreateHost(MemberPlace member);

    /// <summary>Starts everything, the first member as primary; need not wait until all is well.</summary>
    protected abstract Task LaunchAsync(CancellationToken cancellationToken);

    /// <summary>Makes what the client needs, once the manager says that all is well.</summary>
    protected virtual Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>What one server says of itself; null: it does not answer, and <paramref name="problem"/> gets why.</summary>
    protected abstract Task<MemberFacts?> AskAsync(MemberPlace member, Action<string> problem, CancellationToken cancellationToken);

    /// <summary>
    /// Null: exactly one server takes writes, two others receive from it, at least one of them acknowledges, and the manager agrees.
    /// </summary>
    public async Task<string?> WhatIsMissingAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        var facts = await FactsAsync(problems, cancellationToken);
        if (problems.Count > 0)
        {
            return string.Join("; ", problems);
        }

        var writable = facts.Where(fact => !fact.Value.InRecovery).Select(fact => fact.Key).ToArray();
        if (writable is not [var primary])
        {
            return $"{writable.Length} servers take writes: {string.Join(", ", writable)}";
        }

        var its = facts[primary];
        return facts.FirstOrDefault(fact => fact.Key != primary && !fact.Value.Receives) is { Key: { } alone } ? $"{alone} receives from nobody"
            : its.Streaming < Place.Members.Length - 1 ? $"{primary} has {its.Streaming} standbys"
            : its.Acknowledging == 0 ? $"no standby acknowledges commits of {primary}"
            : await ManagerMissingAsync(primary, cancellationToken);
    }

    /// <summary>Null: all is well. Otherwise what was still missing at the deadline.</summary>
    public Task<string?> WaitHealthyAsync(TimeSpan deadline, CancellationToken cancellationToken) =>
        UntilNothingIsMissingAsync(() => WhatIsMissingAsync(cancellationToken), deadline, cancellationToken);

    /// <summary>Looks again and again. Null: nothing is missing any more; otherwise what still was at the deadline.</summary>
    protected async Task<string?> UntilNothingIsMissingAsync(Func<Task<string?>> look, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var start = surroundings.Time.GetTimestamp();
        while (true)
        {
            var missing = await look();
            if (missing is null || surroundings.Time.GetElapsedTime(start) > deadline)
            {
                return missing;
            }

            await Task.Delay(Interval, surroundings.Time, cancellationToken);
        }
    }

    /// <summary>The one server that takes writes; null: none, or several.</summary>
    public async Task<Host?> PrimaryAsync(CancellationToken cancellationToken)
    {
        var facts = await FactsAsync([], cancellationToken);
        return facts.Where(fact => !fact.Value.InRecovery).Select(fact => Host(fact.Key)).ToArray() is [var one] ? one : null;
    }

    /// <summary>What each member that answers says of itself.</summary>
    public async Task<ImmutableSortedDictionary<string, MemberFacts>> FactsAsync(List<string> problems, CancellationToken cancellationToken)
    {
        var asked = await Task.WhenAll(Place.Members.Select(async member =>
        {
            var problem = "";
            var facts = await AskAsync(member, text => problem = $"{member.Name} does not answer ({text})", cancellationToken);
            return (member.Name, Facts: facts, Problem: problem);
        }));
        problems.AddRange(asked.Where(one => one.Facts is null).Select(one => one.Problem));
        return asked.Where(one => one.Facts is not null).ToImmutableSortedDictionary(one => one.Name, one => one.Facts!);
    }

    public virtual void Dispose()
    {
        foreach (var host in Hosts)
        {
            host.Dispose();
        }
    }
}
