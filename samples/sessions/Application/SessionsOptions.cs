using Holdfast.Sessions.Keys;
using Holdfast.Sessions.Store;

namespace Holdfast.Sessions.Application;

/// <summary>What <c>sessions serve</c> was asked to do.</summary>
internal sealed record SessionsOptions(
    StoreOptions Store, string Listen, string Instance, TimeSpan Idle, KeyPolicy KeyPolicy, bool KeepsKeysInMemory, bool IsBehindTls)
{
    public static SessionsOptions Read(Arguments arguments)
    {
        var (host, port) = arguments.Address("--listen", "127.0.0.1:5080");
        var listen = host.Contains(':') ? $"[{host}]:{port}" : $"{host}:{port}";
        var policy = new KeyPolicy(
            arguments.Duration("--key-ahead", TimeSpan.FromDays(14)), arguments.Duration("--key-lifetime", TimeSpan.FromDays(90)));
        if (policy.Lifetime < TimeSpan.FromDays(1) || policy.Ahead > policy.Lifetime * 10)
        {
            throw new UsageException("--key-lifetime must be a day at least, and --key-ahead at most ten lifetimes");
        }

        var keys = arguments.Text("--keys") ?? "store";
        return new SessionsOptions(
            arguments.Store("store", TimeSpan.FromSeconds(30)),
            listen,
            arguments.Text("--instance") ?? listen,
            arguments.Duration("--idle", TimeSpan.FromMinutes(30)),
            policy,
            keys switch { "store" => false, "memory" => true, _ => throw new UsageException($"--keys: '{keys}' is neither 'store' nor 'memory'") },
            arguments.Has("--behind-tls"));
    }
}
