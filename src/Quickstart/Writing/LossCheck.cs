namespace Holdfast.Quickstart.Writing;

/// <summary>
/// Compares what was acknowledged with what the present primary has, always the whole of it: a later fault may take away what an
/// earlier one had spared. What was found missing once is not counted again.
/// </summary>
internal sealed class LossCheck(IdSet acknowledged)
{
    private readonly IdSet _missing = new();

    /// <summary>Ids found missing so far.</summary>
    public IEnumerable<long> Missing => _missing.Ids();

    /// <summary>Returns how many acknowledged rows are missing that were not known to be.</summary>
    /// <param name="readPresent">Hands over each id that the primary has.</param>
    public async Task<long> CountLostAsync(Func<Action<long>, Task> readPresent)
    {
        var left = acknowledged.Copy(); // before reading: what is acknowledged later need not be in what is read
        await readPresent(id => left.Remove(id));
        return left.Ids().LongCount(_missing.Add);
    }
}
