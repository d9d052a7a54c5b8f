using System.Globalization;
using System.Text.RegularExpressions;

namespace Holdfast.Engines.Redis.Server;

/// <summary>Finds the server's program.</summary>
internal sealed partial class Programs(RedisSpec spec)
{
    /// <summary>From this on the log is kept in parts, and rights are told by lists of users.</summary>
    public const int OldestMajor = 7;

    private static readonly string[] Usual = ["/usr/bin", "/usr/local/bin", "/opt/valkey/bin", "/opt/redis/bin"];
    private string? _checked;

    /// <summary>Null: not found.</summary>
    public string? Found => Folders().SelectMany(folder => spec.Programs.Select(name => (folder, name))).OrderBy(place => spec.Programs.IndexOf(place.name))
        .Select(place => Path.Combine(place.folder, place.name)).FirstOrDefault(File.Exists);

    /// <exception cref="EngineException">There is none, or it is too old; the message says what to install.</exception>
    public async Task<string> RequireAsync(CancellationToken cancellationToken)
    {
        var path = Found ?? throw new EngineException(
            $"no {string.Join(" or ", spec.Programs)} found: install the package {spec.Programs[0]}, or set 'bin' to the folder of the program");
        if (_checked != path)
        {
            var result = await ToolRun.RunAsync(path, ["--version"], null, null, cancellationToken);
            if (MajorOf(result.Output) is not { } major || major < OldestMajor)
            {
                throw new EngineException($"{path} is not {OldestMajor}.0 or newer ('{result.Output.Trim()}'): install that, or set 'bin'");
            }

            if (IsFaulty(result.Output))
            {
                throw new EngineException(
                    $"{path} is Valkey 9.0.0, which restores a wrong replication offset from its log: install 9.0.1 or newer, or set 'bin'");
            }

            _checked = path;
        }

        return path;
    }

    internal static int? MajorOf(string version) =>
        Version().Match(version) is { Success: true } match ? int.Parse(match.Groups["major"].ValueSpan, CultureInfo.InvariantCulture) : null;

    internal static bool IsFaulty(string version) => Faulty().IsMatch(version);

    private IEnumerable<string> Folders() => spec.BinDirectory is { } only ? [only]
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Where(Path.IsPathRooted).Concat(Usual)
            .Distinct();

    [GeneratedRegex(@"\bv=(?<major>[0-9]+)\.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Version();

    [GeneratedRegex(@"^Valkey\b.*\bv=9\.0\.0(?![0-9])", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Faulty();
}
