using Holdfast.Sessions.Store;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace Holdfast.Sessions.Keys;

/// <summary>How long keys live, and how early the next one is made.</summary>
internal sealed record KeyPolicy(TimeSpan Ahead, TimeSpan Lifetime);

/// <summary>
/// Makes keys ahead of use: the next one is in the store, and so on its way to the other site, so long before it is active. The first one is made
/// before the first request is served, by one instance only; what ASP.NET Core does by itself is off, for two instances that start at one moment
/// would make one each, and each would log out whom the other signs in.
/// </summary>
internal sealed partial class KeyKeeper(IKeyManager keys, KeyPolicy policy, StoreClient? store, TimeProvider time, ILogger<KeyKeeper> log) : BackgroundService
{
    public const string LockName = "sessions:keys:making";
    /// <summary>Only one's own lock: it may have run out, and be another's now.</summary>
    private const string Release = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end";
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);
    private static readonly TimeSpan LockLife = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await KeepAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is StoreAwayException or StoreErrorException)
            {
                log.LogWarning("keys could not be looked after, next try in {Period}: {Reason}", Period, exception.Message);
            }
        }
    }

    /// <summary>Makes the keys that are wanted now. Nothing may read the ring, and the application may not listen, before this was done once.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        if (Wanted(keys.GetAllKeys()) is null)
        {
            return;
        }

        var token = Guid.NewGuid().ToString("N");
        if (store is not null)
        {
            while ((await store.CallAsync(cancellationToken, "SET", LockName, token, "NX", "PX", (long)LockLife.TotalMilliseconds)).Text != "OK")
            {
                await Task.Delay(LockPause, time, cancellationToken);
            }
        }

        // Whoever had the lock before may have made them.
        while (Wanted(keys.GetAllKeys()) is { } wanted)
        {
            var key = keys.CreateNewKey(wanted.From, wanted.Until);
            Say(log, key.KeyId, wanted.From, wanted.Until);
        }

        if (store is not null)
        {
            await store.CallAsync(cancellationToken, "EVAL", Release, 1, LockName, token);
        }
    }

    [LoggerMessage(LogLevel.Information, "key {Id} made, active from {From:u} until {Until:u}")]
    private static partial void Say(ILogger log, Guid id, DateTimeOffset from, DateTimeOffset until);

    private (DateTimeOffset From, DateTimeOffset Until)? Wanted(IReadOnlyCollection<IKey> all)
    {
        var now = time.GetUtcNow();
        var good = all.Where(key => !key.IsRevoked && key.ExpirationDate > now).ToArray();
        if (!good.Any(key => key.ActivationDate <= now))
        {
            return (now, now + policy.Lifetime); // there is none to go on with
        }

        var end = good.Max(key => key.ExpirationDate);
        return end - now < policy.Ahead ? (end, end + policy.Lifetime) : null;
    }
}
