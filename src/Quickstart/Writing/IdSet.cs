namespace Holdfast.Quickstart.Writing;

/// <summary>A set of small positive numbers, one bit each: a million acknowledged rows take 128 KiB. Safe for several threads.</summary>
internal sealed class IdSet
{
    private const int BitsPerWord = 64;
    private const int WordsPerPage = 1024;
    private readonly Lock _lock = new();
    private readonly List<ulong[]> _pages = [];
    private long _count;

    public long Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    public bool Contains(long id)
    {
        lock (_lock)
        {
            return Find(id) is { } word && (word.Page[word.Index] & word.Bit) != 0;
        }
    }

    /// <summary>False: it was in already.</summary>
    public bool Add(long id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        lock (_lock)
        {
            while (_pages.Count <= id / (BitsPerWord * WordsPerPage))
            {
                _pages.Add(new ulong[WordsPerPage]);
            }

            var (page, index, bit) = Find(id)!.Value;
            if ((page[index] & bit) != 0)
            {
                return false;
            }

            page[index] |= bit;
            _count++;
            return true;
        }
    }

    /// <summary>False: it was not in.</summary>
    public bool Remove(long id)
    {
        lock (_lock)
        {
            if (Find(id) is not { } word || (word.Page[word.Index] & word.Bit) == 0)
            {
                return false;
            }

            word.Page[word.Index] &= ~word.Bit;
            _count--;
            return true;
        }
    }

    /// <summary>The set as it is now; it changes no more.</summary>
    public IdSet Copy()
    {
        var copy = new IdSet();
        lock (_lock)
        {
            copy._pages.AddRange(_pages.Select(page => (ulong[])page.Clone()));
            copy._count = _count;
        }

        return copy;
    }

    /// <summary>In rising order.</summary>
    public IEnumerable<long> Ids()
    {
        var fixedSet = Copy();
        for (var page = 0; page < fixedSet._pages.Count; page++)
        {
            for (var bit = 0; bit < BitsPerWord * WordsPerPage; bit++)
            {
                if ((fixedSet._pages[page][bit / BitsPerWord] & (1UL << (bit % BitsPerWord))) != 0)
                {
                    yield return ((long)page * BitsPerWord * WordsPerPage) + bit;
                }
            }
        }
    }

    private (ulong[] Page, int Index, ulong Bit)? Find(long id)
    {
        var page = id / (BitsPerWord * WordsPerPage);
        return id < 0 || page >= _pages.Count
            ? null
            : (_pages[(int)page], (int)(id / BitsPerWord % WordsPerPage), 1UL << (int)(id % BitsPerWord));
    }
}
