using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Holdfast.Agent.Api.Verify;
using Holdfast.Agent.Hosting;
using Holdfast.Agent.Logging;
using Holdfast.Agent.Records;
using Holdfast.Agent.Sites;
using Holdfast.Coordination;
using Holdfast.Coordination.Etcd;
using Holdfast.Coordination.Http;
using Holdfast.Core.Topology;
using Holdfast.Gate.Api;
using Holdfast.Gate.Following;
using Holdfast.Gate.Forwarding;
using Holdfast.Verification.Targets;

namespace Holdfast.Gate.Running;

/// <summary>A whole gate: all its stores, its workers and its status, until it is told to end.</summary>
public sealed class GateProcess(GateOptions options, EventLog log, TimeProvider time)
{
    /// <summary>A member that accepts no connection for so long is tried again.</summary>
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DrainLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WhileWaiting = TimeSpan.FromMilliseconds(20);
    /// <summary>As long as the kernel's questions take on a connection where nothing is on its way.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan SilenceLook = TimeSpan.FromSeconds(15);

    private readonly List<ICoordination> _clusters = [];
    private readonly List<Task> _running = [];
    private readonly AddressBook _addresses = new(time);
    private long _lookedForSilence = time.GetTimestamp();

    /// <summary>Runs until cancelled; then stops accepting, and lets connections go on up to the stores' <c>drain</c>.</summary>
    /// <param name="ready">Called when all ports listen.</param>
    /// <exception cref="GateException">It cannot run: a port is taken, the options do not fit, or a certificate cannot be used.</exception>
    public async Task RunAsync(Action<GateStatus> ready, CancellationToken stop)
    {
        if (options.Problem() is { } problem)
        {
            throw new GateException(problem);
        }

        using var http = Http();
        using var following = new CancellationTokenSource();
        var lookout = new Lookout(time);
        Worker[] workers = [.. Enumerable.Range(1, options.Threads).Select(number => new Worker(number, time, ConnectLimit, lookout))];
        var stores = new List<StoreGate>();
        GateApi? api = null;
        IDedicatedThread? looking = null;
        try
        {
            foreach (var store in options.Stores)
            {
                stores.Add(await MakeAsync(store, workers, http, stop));
            }

            api = options.Api is { } address ? await GateApi.StartAsync(address, () => Status(stores), workers, stop) : null;
            _running.Add(_addresses.RunAsync(
                options.Stores.SelectMany(store => store.Members.Values).Select(member => member.Address.Host),
                text => log.Warning("name", text), following.Token));
            foreach (var store in stores)
            {
                lookout.Add(store.Look);
                Start(store, following.Token);
            }

            looking = DedicatedThreads.Instance.Start("holdfast-gate-look", () => Step(lookout, stores, workers));
            ready(Status(stores));
            await RunUntilAsync(stop);
            await DrainAsync(stores);
        }
        finally
        {
            await following.CancelAsync();
            looking?.Dispose();
            foreach (var store in stores)
            {
                store.ReadWrite.Close();
                store.ReadOnly.Close();
            }

            await Task.WhenAll(_running.Select(Quietly));
            foreach (var worker in workers)
            {
                worker.Stop();
            }

            foreach (var worker in workers)
            {
                worker.Dispose();
            }

            await (api?.DisposeAsync() ?? ValueTask.CompletedTask);
            foreach (var cluster in _clusters)
            {
                await cluster.DisposeAsync();
            }
        }
    }

    private HttpMessageInvoker Http()
    {
        try
        {
            return new HttpMessageInvoker(new TornConnections(AgentHttp.Handler(options.System.Security)));
        }
        catch (VerifyException fault)
        {
            throw new GateException(fault.Message, fault);
        }
    }

    private void Start(StoreGate store, CancellationToken following)
    {
        _running.AddRange(store.Records.Values.Select(record => record.RunAsync(following)));
        _running.AddRange(store.Agents.Select(agent => agent.RunAsync(following)));
        _running.AddRange(store.Site is { } site ? [site.RunAsync(following)] : Array.Empty<Task>());
        store.ReadWrite.Start();
        store.ReadOnly.Start();
    }

    /// <summary>A turn of the thread that looks. It is nobody else's, so a thread pool that is busy does not delay it.</summary>
    /// <returns>When to come again.</returns>
    private TimeSpan Step(Lookout lookout, List<StoreGate> stores, Worker[] workers)
    {
        lookout.Look();
        var waiting = false;
        foreach (var store in stores)
        {
            waiting |= store.Tick();
        }

        if (time.GetElapsedTime(_lookedForSilence) >= SilenceLook)
        {
            _lookedForSilence = time.GetTimestamp();
            foreach (var worker in workers)
            {
                worker.DropVanished(Silence);
            }
        }

        return waiting ? WhileWaiting : Interval;
    }

    private async Task RunUntilAsync(CancellationToken stop)
    {
        var ended = await Task.WhenAny([.. _running, Task.Delay(Timeout.InfiniteTimeSpan, time, stop)]);
        if (!stop.IsCancellationRequested)
        {
            await ended; // A part that fails ends the gate.
            throw new InvalidOperationException("a part of the gate ended by itself");
        }
    }

    private async Task DrainAsync(List<StoreGate> stores)
    {
        foreach (var store in stores)
        {
            store.ReadWrite.Close();
            store.ReadOnly.Close();
        }

        var begun = time.GetTimestamp();
        var limit = options.Stores.Max(store => store.Gate.Drain);
        var open = Open(stores);
        log.Info("drain", $"no new connections; {open} may go on for {limit.TotalSeconds:0.#} s");
        while ((open = Open(stores)) > 0 && time.GetElapsedTime(begun) < limit)
        {
            await Task.Delay(DrainLook, time, CancellationToken.None);
        }

        if (open > 0)
        {
            log.Warning("drain", $"{open} connections did not end within {limit.TotalSeconds:0.#} s and are closed");
        }
    }

    private static int Open(List<StoreGate> stores) => stores.Sum(store => store.ReadWrite.Count.Links + store.ReadOnly.Count.Links);

    private async Task<StoreGate> MakeAsync(StoreSpec store, Worker[] workers, HttpMessageInvoker http, CancellationToken stop)
    {
        StoreGate? gate = null;
        void Changed() => gate?.Look();
        var caller = RandomNumberGenerator.GetHexString(16, lowercase: true);
        var system = options.System;
        IPEndPoint? Address(Routing.Target target) => store.Members.TryGetValue(target.Member, out var member) ? _addresses.Find(member.Address) : null;
        var readWrite = await ListenAsync(store, "read-write", store.Gate.ReadWrite, workers, Address, stop);
        GatePort readOnly;
        try
        {
            readOnly = await ListenAsync(store, "read-only", store.Gate.ReadOnly, workers, Address, stop);
        }
        catch (GateException)
        {
            readWrite.Dispose();
            throw;
        }

        gate = new StoreGate(store, log, time)
        {
            ReadWrite = readWrite,
            ReadOnly = readOnly,
            Records = store.Sites.ToImmutableSortedDictionary(
                site => site,
                site => new RecordFollower(
                    Cluster(system.CoordinationOf(site)), new GroupKeys(system.Name, store.Name, site), system.CoordinationOf(site).RequestTimeout, time,
                    Changed),
                StringComparer.Ordinal),
            Site = store.HasTwoSites
                ? new SiteFollower(
                    Cluster(system.Coordination), SiteKeys.Of(system, store), system.Coordination.RequestTimeout, time, Changed)
                : null,
            Agents = [.. store.Members.Values.Select(member => new AgentFollower(http, system, member, caller, time, Changed))],
        };
        return gate;
    }

    private EtcdCoordination Cluster(CoordinationSpec spec)
    {
        try
        {
            var cluster = new EtcdCoordination(spec, time);
            _clusters.Add(cluster);
            return cluster;
        }
        catch (CoordinationException fault)
        {
            throw new GateException(fault.Message, fault);
        }
    }

    private async Task<GatePort> ListenAsync(
        StoreSpec store, string name, Endpoint where, Worker[] workers, Func<Routing.Target, IPEndPoint?> addressOf, CancellationToken stop)
    {
        try
        {
            var address = IPAddress.TryParse(where.Host, out var literal) ? literal : (await Dns.GetHostAddressesAsync(where.Host, stop))[0];
            return new GatePort(store.Name, name, new IPEndPoint(address, where.Port), store.Gate, workers, addressOf, log, time);
        }
        catch (SocketException fault)
        {
            throw new GateException(
                $"{store.Name}'s {name} port cannot listen on {where} ({fault.Message}): stop what listens there, or give stores.{store.Name}.gate.{name}",
                fault);
        }
    }

    private GateStatus Status(List<StoreGate> stores) => new(options.System.Name,
    [
        .. stores.Select(store =>
        {
            var (write, read) = (store.Routes.ReadWrite, store.Routes.ReadOnly);
            return new StoreGateStatus(
                store.Name, write.Current?.Member, write.Current?.Epoch ?? 0, write.Admits, write.Rule, write.Reason,
                [.. read.Admits.Select(target => target.Member)], read.Reason, Status(store.ReadWrite), Status(store.ReadOnly),
                [
                    .. store.Records.Values.Select(record => record.Problem).Append(store.Site?.Problem)
                        .Concat(store.Agents.Select(agent => agent.Problem)).OfType<string>().Distinct(),
                ]);
        }),
    ]);

    private static PortStatus Status(GatePort port)
    {
        var (links, waiting) = port.Count;
        var counters = port.Counters;
        return new PortStatus(
            port.Address.ToString(), links, waiting, counters.Accepted, counters.Forwarded, counters.Cut, counters.HoldExpired, counters.Gone, counters.Refused,
            port.PerMember.Where(pair => pair.Value > 0).ToImmutableSortedDictionary(StringComparer.Ordinal));
    }

    private static async Task Quietly(Task part) =>
        // The first fault has been thrown already; the others are its echo. This only waits.
        await part.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
