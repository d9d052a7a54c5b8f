using System.Xml.Linq;
using Holdfast.Sessions.Store;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Holdfast.Sessions.Keys;

/// <summary>
/// The key ring in the store: one hash, a field per key or revocation. A hash and no list, for to put a key in twice must do no harm. It has no time
/// to live, and a store that evicts must evict only what has one (<c>maxmemory-policy volatile-*</c>): a key that is evicted logs everybody out.
/// </summary>
internal sealed class StoreKeys(StoreClient store) : IXmlRepository
{
    public const string Name = "sessions:keys";

    public IReadOnlyCollection<XElement> GetAllElements() => [.. ReadAsync(CancellationToken.None).GetAwaiter().GetResult()];

    public void StoreElement(XElement element, string friendlyName) =>
        store.CallAsync(CancellationToken.None, "HSET", Name, friendlyName, element.ToString(SaveOptions.DisableFormatting)).GetAwaiter().GetResult();

    public async Task<IReadOnlyList<XElement>> ReadAsync(CancellationToken cancellationToken)
    {
        var fields = (await store.CallAsync(cancellationToken, "HGETALL", Name)).Items ?? [];
        return [.. fields.Where((_, index) => index % 2 == 1).Select(value => XElement.Parse(value.Text!))];
    }
}

/// <summary>How not to do it: each instance has keys of its own, and they are gone with it. There to show that the driver sees it.</summary>
internal sealed class MemoryKeys : IXmlRepository
{
    private readonly Lock _gate = new();
    private readonly List<XElement> _elements = [];

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        lock (_gate)
        {
            return [.. _elements.Select(element => new XElement(element))];
        }
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        lock (_gate)
        {
            _elements.Add(new XElement(element));
        }
    }
}
