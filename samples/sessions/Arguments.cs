using System.Globalization;
using Holdfast.Sessions.Store;

namespace Holdfast.Sessions;

/// <summary>What was typed is wrong; the message says what would be right.</summary>
internal sealed class UsageException(string message, Exception? inner = null) : Exception(message, inner)
{
    public UsageException() : this("") { }
    public UsageException(string message) : this(message, null) { }
}

/// <summary>The options behind a verb: <c>--name value</c>, some of them several times, and flags without a value.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, List<string>> _values = [];

    public Arguments(IReadOnlyList<string> arguments, IReadOnlyCollection<string> known)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            var isFlag = known.Contains(name + "!");
            if (!isFlag && !known.Contains(name))
            {
                throw new UsageException($"'{name}' is not an option here; there are {string.Join(", ", known.Select(one => one.TrimEnd('!')))}");
            }

            if (!isFlag && i + 1 == arguments.Count)
            {
                throw new UsageException($"{name} needs a value");
            }

            (_values.TryGetValue(name, out var values) ? values : _values[name] = []).Add(isFlag ? "" : arguments[++i]);
        }
    }

    public bool Has(string name) => _values.ContainsKey(name);

    public IReadOnlyList<string> All(string name) => _values.TryGetValue(name, out var values) ? values : [];

    public string? Text(string name) => _values.TryGetValue(name, out var values) ? values[^1] : null;

    public int Number(string name, int otherwise, int least, int most) =>
        Text(name) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new UsageException($"{name}: '{text}' is not a whole number from {least} to {most}");

    /// <summary>Such as <c>500ms</c>, <c>30s</c>, <c>10m</c>, <c>8h</c>, <c>14d</c>.</summary>
    public TimeSpan Duration(string name, TimeSpan otherwise)
    {
        if (Text(name) is not { } text)
        {
            return otherwise;
        }

        var digits = text.TakeWhile(letter => char.IsAsciiDigit(letter) || letter == '.').Count();
        TimeSpan? unit = text[digits..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(1),
            "s" => TimeSpan.FromSeconds(1),
            "m" => TimeSpan.FromMinutes(1),
            "h" => TimeSpan.FromHours(1),
            "d" => TimeSpan.FromDays(1),
            _ => null,
        };
        return unit is { } its && double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)
            ? its * count
            : throw new UsageException($"{name}: '{text}' is not a duration such as 500ms, 30s, 10m, 8h or 14d");
    }

    public (string Host, int Port) Address(string name, string? otherwise = null)
    {
        var text = Text(name) ?? otherwise ?? throw new UsageException($"{name} is missing: an address such as 127.0.0.1:6379");
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? (text[..colon].Trim('[', ']'), port)
            : throw new UsageException($"{name}: '{text}' is not an address such as 127.0.0.1:6379");
    }

    /// <summary>
    /// The store that <c>--PREFIX</c> names. Its password comes from the file of <c>--PREFIX-password-file</c> or from the environment
    /// (<c>SESSIONS_PREFIX_PASSWORD</c>), for what stands on a command line is seen by everybody on the host.
    /// </summary>
    public StoreOptions Store(string prefix, TimeSpan patience, StoreOptions? otherwise = null)
    {
        var (host, port) = Address($"--{prefix}");
        var file = Text($"--{prefix}-password-file");
        try
        {
            return new StoreOptions
            {
                Host = host,
                Port = port,
                User = Text($"--{prefix}-user") ?? otherwise?.User,
                Password = file is not null
                    ? File.ReadAllText(file).TrimEnd('\r', '\n')
                    : Environment.GetEnvironmentVariable($"SESSIONS_{prefix.ToUpperInvariant()}_PASSWORD") ?? otherwise?.Password,
                Patience = Duration("--patience", patience),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--{prefix}-password-file: {exception.Message}", exception);
        }
    }
}
