// The emoji this page knows by shortcode, and those offered first as reactions.

const TABLE = `
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|o ⭕
red_circle 🔴|large_orange_circle 🟠|orange_circle 🟠|large_yellow_circle 🟡|yellow_circle 🟡
large_green_circle 🟢|green_circle 🟢|large_blue_circle 🔵|large_purple_circle 🟣|purple_circle 🟣
large_brown_circle 🟤|white_circle ⚪|black_circle ⚫|large_red_square 🟥|large_orange_square 🟧
large_yellow_square 🟨|large_green_square 🟩|large_blue_square 🟦|large_purple_square 🟪
white_large_square ⬜|black_large_square ⬛|white_square_button 🔳|black_square_button 🔲
small_red_triangle 🔺|small_red_triangle_down 🔻|small_blue_diamond 🔹|small_orange_diamond 🔸
large_blue_diamond 🔷|large_orange_diamond 🔶|diamond_shape_with_a_dot_inside 💠|radio_button 🔘
chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|bar_chart 📊|abacus 🧮|1234 🔢
arrow_up ⬆️|arrow_down ⬇️|arrow_left ⬅️|arrow_right ➡️|arrow_upper_right ↗️|arrow_lower_right ↘️
arrow_upper_left ↖️|arrow_lower_left ↙️|left_right_arrow ↔️|arrow_up_down ↕️|arrow_forward ▶️
arrow_backward ◀️|arrow_up_small 🔼|arrow_down_small 🔽|arrows_counterclockwise 🔄|repeat 🔁
leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|fast_forward ⏩|rewind ⏪|double_vertical_bar ⏸️
black_square_for_stop ⏹️|black_right_pointing_triangle_with_double_vertical_bar ⏯️|twisted_rightwards_arrows 🔀
warning ⚠️|rotating_light 🚨|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|stop_sign 🛑|construction 🚧
exclamation ❗|heavy_exclamation_mark ❗|grey_exclamation ❕|question ❓|grey_question ❔|bangbang ‼️
interrobang ⁉️|information_source ℹ️|sos 🆘|new 🆕|ok 🆗|up 🆙|cool 🆒|free 🆓|soon 🔜|back 🔙|end 🔚|on 🔛|top 🔝
zero 0️⃣|one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|keycap_ten 🔟|hash #️⃣|100 💯
heavy_plus_sign ➕|heavy_minus_sign ➖|heavy_division_sign ➗|heavy_multiplication_x ✖️|infinity ♾️|recycle ♻️
calendar 📆|date 📅|spiral_calendar_pad 🗓️|spiral_note_pad 🗒️|clock1 🕐|clock3 🕒|clock9 🕘|clock12 🕛|alarm_clock ⏰
stopwatch ⏱️|timer_clock ⏲️|hourglass ⌛|hourglass_flowing_sand ⏳|watch ⌚|clipboard 📋|memo 📝|pencil 📝|pencil2 ✏️
page_facing_up 📄|page_with_curl 📃|bookmark_tabs 📑|newspaper 📰|scroll 📜|notebook 📓|ledger 📒|books 📚|book 📖
open_book 📖|green_book 📗|blue_book 📘|orange_book 📙|closed_book 📕|bookmark 🔖|label 🏷️|file_folder 📁
open_file_folder 📂|card_index 📇|card_index_dividers 🗂️|card_file_box 🗃️|file_cabinet 🗄️|wastebasket 🗑️|package 📦
inbox_tray 📥|outbox_tray 📤|mailbox 📫|email 📧|envelope ✉️|incoming_envelope 📨|envelope_with_arrow 📩|e-mail 📧
pushpin 📌|round_pushpin 📍|paperclip 📎|linked_paperclips 🖇️|straight_ruler 📏|triangular_ruler 📐|scissors ✂️
lock 🔒|unlock 🔓|closed_lock_with_key 🔐|lock_with_ink_pen 🔏|key 🔑|old_key 🗝️|shield 🛡️|mag 🔍|mag_right 🔎
hammer 🔨|wrench 🔧|hammer_and_wrench 🛠️|nut_and_bolt 🔩|gear ⚙️|toolbox 🧰|link 🔗|chains ⛓️|hook 🪝|magnet 🧲
test_tube 🧪|microscope 🔬|telescope 🔭|satellite_antenna 📡|bulb 💡|electric_plug 🔌|battery 🔋|flashlight 🔦|candle 🕯️
computer 💻|desktop_computer 🖥️|keyboard ⌨️|printer 🖨️|floppy_disk 💾|cd 💿|dvd 📀|iphone 📱|phone ☎️|telephone_receiver 📞
bell 🔔|no_bell 🔕|loudspeaker 📢|mega 📣|mute 🔇|speaker 🔈|sound 🔉|loud_sound 🔊|speech_balloon 💬|thought_balloon 💭
left_speech_bubble 🗨️|right_anger_bubble 🗯️|moneybag 💰|money_with_wings 💸|dollar 💵|euro 💶|pound 💷|credit_card 💳
receipt 🧾|balance_scale ⚖️|scales ⚖️|briefcase 💼|shopping_trolley 🛒|gift 🎁|tada 🎉|confetti_ball 🎊|balloon 🎈|birthday 🎂
trophy 🏆|sports_medal 🏅|first_place_medal 🥇|second_place_medal 🥈|third_place_medal 🥉|medal 🎖️|dart 🎯|checkered_flag 🏁
triangular_flag_on_post 🚩|white_flag 🏳️|crossed_flags 🎌|crown 👑|gem 💎|mortar_board 🎓|school 🏫|office 🏢|hospital 🏥
factory 🏭|house 🏠|bank 🏦|rocket 🚀|ship 🚢|airplane ✈️|car 🚗|ambulance 🚑|fire_engine 🚒|bus 🚌|train 🚆|bike 🚲|anchor ⚓
fire 🔥|boom 💥|collision 💥|zap ⚡|sparkles ✨|star ⭐|star2 🌟|dizzy 💫|sunny ☀️|partly_sunny ⛅|cloud ☁️|rain_cloud 🌧️
thunder_cloud_and_rain ⛈️|lightning 🌩️|snowflake ❄️|umbrella ☔|rainbow 🌈|ocean 🌊|droplet 💧|volcano 🌋|earth_africa 🌍
earth_americas 🌎|earth_asia 🌏|globe_with_meridians 🌐|world_map 🗺️|compass 🧭|sunrise 🌅|city_sunset 🌆|moon 🌔|full_moon 🌕
seedling 🌱|evergreen_tree 🌲|deciduous_tree 🌳|four_leaf_clover 🍀|herb 🌿|leaves 🍃|fallen_leaf 🍂|cactus 🌵|tulip 🌷|rose 🌹
sunflower 🌻|bouquet 💐|cherry_blossom 🌸|mushroom 🍄|bug 🐛|ant 🐜|bee 🐝|beetle 🪲|ladybug 🐞|spider_web 🕸️|butterfly 🦋
turtle 🐢|snail 🐌|snake 🐍|whale 🐳|dolphin 🐬|octopus 🐙|fish 🐟|penguin 🐧|bird 🐦|owl 🦉|eagle 🦅|duck 🦆|unicorn_face 🦄
cat 🐱|dog 🐶|mouse 🐭|hamster 🐹|rabbit 🐰|fox_face 🦊|bear 🐻|panda_face 🐼|koala 🐨|tiger 🐯|lion_face 🦁|cow 🐮|pig 🐷|frog 🐸
monkey_face 🐵|see_no_evil 🙈|hear_no_evil 🙉|speak_no_evil 🙊|chicken 🐔|sloth 🦥|otter 🦦|paw_prints 🐾
coffee ☕|tea 🍵|beer 🍺|beers 🍻|wine_glass 🍷|champagne 🍾|clinking_glasses 🥂|pizza 🍕|hamburger 🍔|fries 🍟|taco 🌮|sushi 🍣
apple 🍎|banana 🍌|cherries 🍒|lemon 🍋|strawberry 🍓|avocado 🥑|bread 🍞|cake 🍰|cookie 🍪|doughnut 🍩|popcorn 🍿|salt 🧂
grinning 😀|smiley 😃|smile 😄|grin 😁|laughing 😆|satisfied 😆|sweat_smile 😅|rolling_on_the_floor_laughing 🤣|joy 😂
slightly_smiling_face 🙂|upside_down_face 🙃|melting_face 🫠|wink 😉|blush 😊|innocent 😇|smiling_face_with_3_hearts 🥰
heart_eyes 😍|star-struck 🤩|kissing_heart 😘|yum 😋|stuck_out_tongue 😛|zany_face 🤪|money_mouth_face 🤑|hugging_face 🤗
thinking_face 🤔|saluting_face 🫡|zipper_mouth_face 🤐|face_with_raised_eyebrow 🤨|neutral_face 😐|expressionless 😑|no_mouth 😶
smirk 😏|unamused 😒|face_with_rolling_eyes 🙄|grimacing 😬|relieved 😌|pensive 😔|sleepy 😪|sleeping 😴|mask 😷
face_with_thermometer 🤒|nauseated_face 🤢|hot_face 🥵|cold_face 🥶|dizzy_face 😵|exploding_head 🤯|face_with_cowboy_hat 🤠
partying_face 🥳|sunglasses 😎|nerd_face 🤓|face_with_monocle 🧐|confused 😕|worried 😟|slightly_frowning_face 🙁|white_frowning_face ☹️
open_mouth 😮|hushed 😯|astonished 😲|flushed 😳|pleading_face 🥺|frowning 😦|anguished 😧|fearful 😨|cold_sweat 😰
disappointed_relieved 😥|cry 😢|sob 😭|scream 😱|confounded 😖|persevere 😣|disappointed 😞|sweat 😓|weary 😩|tired_face 😫
yawning_face 🥱|triumph 😤|rage 😡|angry 😠|face_with_symbols_on_mouth 🤬|smiling_imp 😈|skull 💀|poop 💩|hankey 💩|clown_face 🤡|ghost 👻
alien 👽|space_invader 👾|robot_face 🤖|jack_o_lantern 🎃|christmas_tree 🎄|fireworks 🎆|sparkler 🎇|eyes 👀|eye 👁️|brain 🧠|bone 🦴
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|clap 👏|raised_hands 🙌|open_hands 👐|palms_up_together 🤲|handshake 🤝|pray 🙏|wave 👋
ok_hand 👌|pinched_fingers 🤌|v ✌️|crossed_fingers 🤞|the_horns 🤘|call_me_hand 🤙|point_left 👈|point_right 👉|point_up_2 👆|point_down 👇
point_up ☝️|hand ✋|raised_hand ✋|raised_back_of_hand 🤚|vulcan_salute 🖖|muscle 💪|writing_hand ✍️|fist ✊|facepunch 👊|selfie 🤳
bow 🙇|shrug 🤷|face_palm 🤦|raising_hand 🙋|no_good 🙅|ok_woman 🙆|information_desk_person 💁|walking 🚶|running 🏃|dancer 💃
bust_in_silhouette 👤|busts_in_silhouette 👥|family 👪|speaking_head_in_silhouette 🗣️|footprints 👣|baby 👶|technologist 🧑‍💻
health_worker 🧑‍⚕️|firefighter 🧑‍🚒|detective 🕵️|superhero 🦸|ninja 🥷|construction_worker 👷|cop 👮|santa 🎅
heart ❤️|orange_heart 🧡|yellow_heart 💛|green_heart 💚|blue_heart 💙|purple_heart 💜|brown_heart 🤎|black_heart 🖤|white_heart 🤍
broken_heart 💔|two_hearts 💕|sparkling_heart 💖|heavy_heart_exclamation_mark_ornament ❣️|heartbeat 💓|revolving_hearts 💞|zzz 💤
soccer ⚽|basketball 🏀|tennis 🎾|video_game 🎮|game_die 🎲|jigsaw 🧩|art 🎨|musical_note 🎵|notes 🎶|microphone 🎤|headphones 🎧|guitar 🎸
movie_camera 🎥|clapper 🎬|camera 📷|tv 📺|ticket 🎫|admission_tickets 🎟️|flag-de 🇩🇪|flag-us 🇺🇸|flag-gb 🇬🇧|flag-in 🇮🇳
flag-fr 🇫🇷|flag-es 🇪🇸|flag-jp 🇯🇵|flag-br 🇧🇷|flag-eu 🇪🇺|large_red_circle 🔴|traffic_light 🚦|vertical_traffic_light 🚥
pill 💊|syringe 💉|adhesive_bandage 🩹|stethoscope 🩺|ladder 🪜|thermometer 🌡️|bar_of_soap 🧼|broom 🧹|door 🚪|bed 🛏️|couch_and_lamp 🛋️
crystal_ball 🔮|magic_wand 🪄|nazar_amulet 🧿|yarn 🧶|thread 🧵|safety_vest 🦺|helmet_with_white_cross ⛑️|tophat 🎩|necktie 👔|eyeglasses 👓
`;

/** @type {Map<string, string>} */
const BY_NAME = new Map(
  TABLE.trim()
    .split(/[\n|]/)
    .map((pair) => {
      const space = pair.indexOf(" ");
      return /** @type {[string, string]} */ ([pair.slice(0, space), pair.slice(space + 1)]);
    }),
);

const SKIN = { 2: "🏻", 3: "🏼", 4: "🏽", 5: "🏾", 6: "🏿" };

/** The character of ":name:" or ":name::skin-tone-3:", or null. @param {string} name */
export function emojiFor(name) {
  const [base, tone] = name.split("::skin-tone-");
  const found = BY_NAME.get(base);
  if (!found) return null;
  return tone && SKIN[tone] ? found.replace("\uFE0F", "") + SKIN[tone] : found;
}

/** Names whose text holds the query, best first. @returns {[string, string][]} */
export function findEmoji(query, limit = 60) {
  const wanted = query.toLowerCase().replaceAll(":", "").replaceAll(" ", "_");
  const hits = [...BY_NAME].filter(([name]) => name.includes(wanted));
  return hits.sort((a, b) => rank(a[0], wanted) - rank(b[0], wanted)).slice(0, limit);
}

const rank = (name, wanted) => (name === wanted ? 0 : name.startsWith(wanted) ? 1 : 2);

/** Offered first where one reacts. */
export const FAVOURITES = [
  "white_check_mark",
  "+1",
  "eyes",
  "tada",
  "heart",
  "raised_hands",
  "pray",
  "fire",
  "rocket",
  "warning",
  "rotating_light",
  "pushpin",
  "question",
  "thinking_face",
  "joy",
  "cry",
  "-1",
  "x",
];
