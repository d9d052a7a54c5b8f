using Microsoft.Extensions.Caching.Distributed;

namespace Holdfast.Sessions.Store;

/// <summary>
/// Sessions in the store. An entry lives for <paramref name="idle"/> after it was last read or written.
/// </summary>
internal sealed class StoreCache(StoreClient store, TimeSpan idle) : IDistributedCache
{
    private const string Prefix = "sessions:session:";

    /// <remarks>
    /// A read that renews is a write to the server: one that has become a replica refuses it, so nobody is shown an old session by the wrong server.
    /// </remarks>
    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default) =>
        (await store.CallAsync(token, "GETEX", Prefix + key, "PX", Milliseconds)).Bytes;

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
        await store.CallAsync(token, "SET", Prefix + key, value, "PX", Milliseconds);

    /// <remarks>Reading has renewed it already.</remarks>
    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    public async Task RemoveAsync(string key, CancellationToken token = default) => await store.CallAsync(token, "DEL", Prefix + key);

    public byte[]? Get(string key) => GetAsync(key).GetAwaiter().GetResult();

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => SetAsync(key, value, options).GetAwaiter().GetResult();

    public void Refresh(string key) => RefreshAsync(key).GetAwaiter().GetResult();

    public void Remove(string key) => RemoveAsync(key).GetAwaiter().GetResult();

    private long Milliseconds => (long)idle.TotalMilliseconds;
}
