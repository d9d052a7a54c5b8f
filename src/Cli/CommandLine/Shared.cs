using System.CommandLine;
using Holdfast.Cli.Files;

namespace Holdfast.Cli.CommandLine;

/// <summary>Options and arguments that several verbs have; completion knows the names in the file.</summary>
internal static class Shared
{
    /// <summary>How it is said that there is no such option.</summary>
    public const string NoOption = "there is no option";

    public static Option<string?> Store(FileChoice file, string description)
    {
        var option = new Option<string?>("--store", "-s") { Description = description, HelpName = "STORE" };
        option.CompletionSources.Add(completion => file.Glance(completion.ParseResult)?.Stores.Keys ?? []);
        return option;
    }

    public static Option<string?> To(FileChoice file, string description)
    {
        var option = new Option<string?>("--to") { Description = description, HelpName = "MEMBER" };
        option.CompletionSources.Add(completion => Members(file, completion.ParseResult));
        return option;
    }

    /// <param name="name">The option's name: <c>--site</c>, or <c>--to</c> where that is a site.</param>
    public static Option<string?> Site(FileChoice file, string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "SITE" };
        option.CompletionSources.Add(completion =>
            file.Glance(completion.ParseResult)?.Stores.Values.SelectMany(store => store.Sites).Distinct() ?? []);
        return option;
    }

    /// <summary>The store by position.</summary>
    public static Argument<string?> StoreArgument(FileChoice file, string description)
    {
        var argument = new Argument<string?>("STORE") { Description = description, Arity = ArgumentArity.ZeroOrOne };
        argument.CompletionSources.Add(completion => file.Glance(completion.ParseResult)?.Stores.Keys ?? []);
        return argument;
    }

    public static Argument<string> Member(FileChoice file)
    {
        var argument = new Argument<string>("MEMBER") { Description = "The member's name, as in the file." };
        RefuseOptions(argument);
        argument.CompletionSources.Add(completion => Members(file, completion.ParseResult));
        return argument;
    }

    /// <summary>A mistyped option must not pass for the argument, such as <c>--jsn</c> for the name of a file.</summary>
    public static void RefuseOptions(Argument argument) => argument.Validators.Add(result =>
    {
        if (result.Tokens.FirstOrDefault(token => token.Value.StartsWith('-')) is { } option)
        {
            result.AddError($"{NoOption} '{option.Value}'");
        }
    });

    public static IEnumerable<string> Members(FileChoice file, ParseResult parse) =>
        file.Glance(parse)?.Stores.Values.SelectMany(store => store.Members.Keys) ?? [];

    public static Option<bool> Yes() => new("--yes", "-y") { Description = "Do not ask. Without a terminal and without this, nothing is done." };

    public static Option<bool> NoWait() => new("--no-wait") { Description = "Return when the agent has taken the request; do not follow it." };
}
