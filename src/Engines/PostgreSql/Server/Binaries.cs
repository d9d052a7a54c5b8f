using System.Globalization;
using Holdfast.Engines.PostgreSql.Files;

namespace Holdfast.Engines.PostgreSql.Server;

/// <summary>Finds the programs of PostgreSQL that fit a data directory.</summary>
internal sealed class Binaries(PostgreSqlSpec spec, Layout layout)
{
    public const int OldestMajor = 13;
    public const int NewestMajor = 17;

    private static readonly string[] Roots = ["/usr/lib/postgresql", "/usr/pgsql-", "/opt/postgresql", "/usr/local/pgsql"];

    /// <summary>The major version that the data directory was made by; null: there is none.</summary>
    public int? DataMajor =>
        layout.Memory.Read<string>(layout.VersionFile, text => text) is { } text
            && int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            ? major : null;

    /// <exception cref="EngineException">There is no such program; the message says what to install.</exception>
    public string PathOf(string program)
    {
        var directory = Directory ?? throw new EngineException(
            $"no PostgreSQL {Wanted()} found: install the package postgresql-{DataMajor ?? 15}, or set 'bin' to the directory of initdb");
        var path = Path.Combine(directory, program);
        return File.Exists(path) ? path : throw new EngineException($"{path} is missing: install PostgreSQL's server and client programs");
    }

    /// <summary>Where the programs are; null: not found.</summary>
    public string? Directory => spec.BinDirectory ?? Candidates().FirstOrDefault();

    /// <summary>The major version of the programs in a configured directory, from <c>postgres --version</c>.</summary>
    public async Task<int?> ConfiguredMajorAsync(CancellationToken cancellationToken)
    {
        if (spec.BinDirectory is null)
        {
            return null;
        }

        var result = await ToolRun.RunAsync(PathOf("postgres"), ["--version"], null, null, cancellationToken);
        var number = result.Output.Split(' ').FirstOrDefault(word => char.IsAsciiDigit(word[0]));
        return number is not null
            && int.TryParse(number.Split('.', 'd', 'b', 'r')[0], CultureInfo.InvariantCulture, out var major) ? major : null;
    }

    private string Wanted() => DataMajor is { } major ? $"{major}" : $"{OldestMajor} to {NewestMajor}";

    private IEnumerable<string> Candidates()
    {
        var majors = DataMajor is { } only ? [only] : Enumerable.Range(OldestMajor, NewestMajor - OldestMajor + 1).Reverse();
        foreach (var major in majors)
        {
            foreach (var root in Roots)
            {
                var directory = root.EndsWith('-') ? $"{root}{major}/bin" : $"{root}/{major}/bin";
                if (File.Exists(Path.Combine(directory, "postgres")))
                {
                    yield return directory;
                }
            }
        }
    }
}
